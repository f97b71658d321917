//! How a rate went: rows and hits stretch by stretch, in bounded memory.

/// Stretches that are kept apart; when there are more, neighbours become one.
const STRETCHES: usize = 64;

/// Rows and hits of each stretch, in the order they came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Course {
    stretches: Vec<(u64, u64)>,
    /// How many pushes a stretch holds: a power of two.
    width: u64,
    pushes: u64,
}

impl Default for Course {
    fn default() -> Self {
        Self { stretches: Vec::new(), width: 1, pushes: 0 }
    }
}

impl Course {
    /// So many rows, of which so many hit.
    pub(crate) fn push(&mut self, rows: u64, hits: u64) {
        match self.stretches.last_mut().filter(|_| !self.pushes.is_multiple_of(self.width)) {
            Some(last) => *last = (last.0 + rows, last.1 + hits),
            None => self.stretches.push((rows, hits)),
        }
        self.pushes += 1;
        if self.stretches.len() > STRETCHES {
            self.halve();
        }
    }

    /// Adds what came at the same time elsewhere.
    pub(crate) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        while self.width < other.width {
            self.halve();
        }
        while other.width < self.width {
            other.halve();
        }
        self.pushes = self.pushes.max(other.pushes);
        self.stretches.resize(self.stretches.len().max(other.stretches.len()), (0, 0));
        for (mine, theirs) in self.stretches.iter_mut().zip(other.stretches) {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
    }

    fn halve(&mut self) {
        let pair = |pair: &[(u64, u64)]| pair.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        self.stretches = self.stretches.chunks(2).map(pair).collect();
        self.width *= 2;
    }

    pub(crate) fn stretches(&self) -> &[(u64, u64)] {
        &self.stretches
    }

    /// How much the stretches differ among each other, as χ² with its degrees of freedom; independent rows give as much as there are.
    ///
    /// With hits too rare to tell (fewer than one a stretch and a half), neighbouring stretches are taken together.
    pub(crate) fn unevenness(&self) -> (f64, f64) {
        let (rows, hits) = self.stretches.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let together = (self.stretches.len() as u64 * 3 / 2).div_ceil(hits.max(1)).max(1);
        let groups: Vec<(f64, f64)> = self
            .stretches
            .chunks(usize::try_from(together).unwrap_or(usize::MAX))
            .map(|group| group.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0 as f64, sum.1 + one.1 as f64)))
            .filter(|(rows, _)| *rows > 0.0)
            .collect();
        let share = hits as f64 / rows.max(1) as f64;
        if groups.len() < 2 || share <= 0.0 || share >= 1.0 {
            return (0.0, 0.0);
        }
        let chi = |(rows, hits): &(f64, f64)| (hits - rows * share).powi(2) / (rows * share * (1.0 - share));
        (groups.iter().map(chi).sum(), (groups.len() - 1) as f64)
    }
}
