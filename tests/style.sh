#!/bin/bash
# SPDX-License-Identifier: MIT
# style.sh - the rules of docs/STYLE.md that a script can hold.
#
# usage: tests/style.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

find include core runtime crawler worker ctl tests -name '*.[ch]' -type f | LC_ALL=C.UTF-8 perl -CSD -ne '
	use strict;
	use warnings;

	our ($bad, $files);
	my $LINES_MAX = 600;
	my $COLUMNS_MAX = 120; # hard; .clang-format aims at 100
	my $BANNED = qr/(?<![A-Za-z0-9_])(?:strcpy|strcat|v?sprintf|strtok|ato[ilf]|gets|alloca|strncpy|strncat)\s*\(/;
	my $CLEANUP = qr/__attribute__\s*\(\(\s*(?:__)?cleanup/;

	sub complain { print "$_[0]\n"; $bad = 1; }

	# Comments and literals blanked, lines kept.
	sub code {
		my $text = shift;
		$text =~ s{"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])*\x27|/\*.*?\*/|//[^\n]*}
			{my $t = $&; $t =~ s/[^\n]/ /g; $t}gsex;
		return split /\n/, $text, -1;
	}

	chomp(my $file = $_);
	open(my $in, "<:encoding(UTF-8)", $file) or die "$file: $!\n";
	my $text = do { local $/; <$in> };
	close $in;
	my @lines = split /\n/, $text;
	my @code = code($text);
	$files++;

	complain("$file:1: the first line is not /* SPDX-License-Identifier: MIT */")
		unless @lines && $lines[0] eq "/* SPDX-License-Identifier: MIT */";
	complain("$file: " . @lines . " lines (at most $LINES_MAX): split it by meaning") if @lines > $LINES_MAX;
	if ($file =~ m{^include/suoyin/([a-z_]+)\.h$}) {
		my $guard = "SUOYIN_" . uc($1) . "_H";
		complain("$file: no include guard $guard") unless $text =~ /^#ifndef $guard$/m;
	}
	for my $i (0 .. $#lines) {
		my ($line, $at) = ($lines[$i], "$file:" . ($i + 1));
		complain("$at: banned function") if ($code[$i] // "") =~ $BANNED;
		complain("$at: no cleanup attribute") if ($code[$i] // "") =~ $CLEANUP;
		complain("$at: white space at the end") if $line =~ /\s$/;
		complain("$at: indented with spaces (tabs of 8)") if $line =~ /^ {8,}[^\s*]/;
		$line = ($code[$i] // "") =~ s/\s+$//r; # a long literal may be
		1 while $line =~ s/\t/" " x (8 - $-[0] % 8)/e;
		complain("$at: wider than $COLUMNS_MAX columns") if length($line) > $COLUMNS_MAX;
	}
	END {
		print "style: $files files fine\n" unless $bad;
		$? = $bad ? 1 : 0;
	}
'
