# unit tests of this part: suoyin_unit_test(name)
suoyin_unit_test(url)
