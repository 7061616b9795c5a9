#!/bin/sh
# An external model of oddbench in awk: the distance from the mean of the training rows. format = "csv"
#
# What to change: the two awk programs. The first learns from the training rows and writes what it learned into a file
# (here mean.txt). The second reads that, and writes one score a row: the higher, the more anomalous. Keep the rest:
# `echo @done` answers each order. Parameters are in $ODDBENCH_PARAMS (JSON), the seed is in $ODDBENCH_SEED.
while read -r order rows scores; do
  case $order in
  fit) awk -F, 'NR > 1 { for (i = 1; i <= NF; i++) sum[i] += $i }
    END { for (i = 1; i <= NF; i++) printf "%.17g ", sum[i] / (NR - 1) }' "$rows" > mean.txt ;;
  score) awk -F, -v mean="$(cat mean.txt)" 'BEGIN { n = split(mean, m, " ") }
    NF != n { print "expected " n " columns, got " NF > "/dev/stderr"; exit 1 }
    NR > 1 { d = 0; for (i = 1; i <= n; i++) d += ($i - m[i]) ^ 2; printf "%.17g\n", sqrt(d) }' "$rows" > "$scores" ;;
  esac || exit 1
  echo @done
done
