# An external model of oddbench in R without any package: the squared Mahalanobis distance from the mean of the
# training rows, as oddbench's own kind `mahalanobis` computes it.
#
#     [[model]]
#     name = "Mahalanobis (R)"
#     kind = "external"
#     command = ["Rscript", "mahalanobis.R"]
#     files = ["mahalanobis.R"]
#     format = "csv"
#     deterministic = true
#
# What to change: the lines marked FIT and SCORE, and the functions that they call. Keep the rest: it reads the orders
# and answers them. The file trial.json has the parameters and the seed. docs/EXTERNAL.md describes all of it.

read_rows <- function(path) {
  columns <- length(strsplit(readLines(path, n = 1), ",")[[1]])
  matrix(scan(path, sep = ",", skip = 1, quiet = TRUE), ncol = columns, byrow = TRUE)
}

# The inverse of a covariance without the directions in which the training rows do not vary.
pseudo_inverse <- function(covariance) {
  axes <- eigen(covariance, symmetric = TRUE)
  kept <- axes$values > max(axes$values) * ncol(covariance) * .Machine$double.eps
  vectors <- axes$vectors[, kept, drop = FALSE]
  vectors %*% (t(vectors) / axes$values[kept])
}

answer <- function(...) {
  cat("@", ..., "\n", sep = "")
  flush(stdout())
}

answer("version R ", as.character(getRversion()))
orders <- file("stdin", "r") # stdin() would be the console, which Rscript does not have
while (length(line <- readLines(orders, n = 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  x <- read_rows(words[2])
  started <- proc.time()[["elapsed"]]
  if (words[1] == "fit") {
    # FIT: learn from the training rows, the matrix x.
    centre <- colMeans(x)
    inverse <- pseudo_inverse(cov(x))
    answer("seconds ", proc.time()[["elapsed"]] - started)
  } else {
    if (ncol(x) != length(centre)) stop("fitted on ", length(centre), " columns, got ", ncol(x))
    # SCORE: one number a row of x; the higher, the more anomalous.
    scores <- mahalanobis(x, centre, inverse, inverted = TRUE)
    answer("seconds ", proc.time()[["elapsed"]] - started)
    writeLines(sprintf("%.17g", scores), words[3])
  }
  answer("done")
}
