# unit tests of this part: suoyin_unit_test(name)
