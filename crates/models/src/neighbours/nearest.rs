//! The nearest rows found so far.

/// A distinct training row near a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neighbour {
    /// Squared Euclidean distance.
    pub squared_distance: f64,
    /// Which of the distinct training rows.
    pub row: u32,
    /// As how many neighbours it counts.
    pub count: u32,
}

/// The nearest rows found so far, the nearest first, no more than are needed to count `k`.
#[derive(Debug)]
pub(crate) struct Nearest {
    neighbours: Vec<Neighbour>,
    /// Neighbours counted so far.
    total: u32,
    k: u32,
    itself: Itself,
}

/// Whether a row that equals the query is the query itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Itself {
    /// The query is a new row: an equal training row is a neighbour like any other.
    Counts,
    /// The query is one of the training rows: one occurrence of it does not count.
    LeftOut,
}

impl Nearest {
    pub fn new(k: usize, itself: Itself) -> Self {
        Self { neighbours: Vec::with_capacity(k + 1), total: 0, k: k as u32, itself }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.neighbours.clear();
        self.total = 0;
    }

    /// The squared distance beyond which no row can be among the nearest.
    #[inline(always)]
    pub fn bound(&self) -> f64 {
        match self.neighbours.last() {
            Some(last) if self.total >= self.k => last.squared_distance,
            _ => f64::INFINITY,
        }
    }

    /// Takes a row into account.
    pub fn offer(&mut self, squared_distance: f64, row: u32, count: u32) {
        // The square of a difference of two numbers of single precision is 0 only if they are equal.
        let equal = self.itself == Itself::LeftOut && squared_distance == 0.0;
        let count = if equal { count - 1 } else { count };
        let before = |n: &Neighbour| (n.squared_distance, n.row) < (squared_distance, row);
        let place = self.neighbours.partition_point(before);
        if count == 0 || (place == self.neighbours.len() && self.total >= self.k) {
            return;
        }
        self.neighbours.insert(place, Neighbour { squared_distance, row, count });
        self.total += count;
        while let Some(last) = self.neighbours.last()
            && self.total - last.count >= self.k
        {
            self.total -= last.count;
            self.neighbours.pop();
        }
    }

    /// The `k` nearest, the nearest first; the counts add up to `k`.
    pub fn neighbours(&self) -> impl Iterator<Item = Neighbour> + '_ {
        let surplus = self.total.saturating_sub(self.k);
        let last = self.neighbours.len().saturating_sub(1);
        self.neighbours.iter().enumerate().map(move |(i, &neighbour)| Neighbour {
            count: if i == last { neighbour.count - surplus } else { neighbour.count },
            ..neighbour
        })
    }

    /// The distance of the `k`-th nearest.
    pub fn k_distance(&self) -> f64 {
        self.neighbours.last().map_or(f64::INFINITY, |last| last.squared_distance.sqrt())
    }
}
