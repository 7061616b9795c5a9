//! Time zones as texts name them, in seconds east of Greenwich.

/// Zones by their letters, in minutes east of Greenwich. Letters that several zones share mean the zone that
/// logs have most: IST is India's, CST and EST are America's, BST is Britain's summer.
const LETTERS: [(&str, i32); 30] = [
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("cest", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("ist", 330),
    ("hkt", 480),
    ("sgt", 480),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("brt", -180),
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
    ("akst", -540),
    ("hst", -600),
];

/// Words of names such as `Eastern Standard Time` and `Central European Summer Time`.
const WORDS: [&str; 12] = [
    "eastern",
    "central",
    "mountain",
    "pacific",
    "western",
    "europe",
    "european",
    "universal",
    "standard",
    "daylight",
    "summer",
    "time",
];

/// What the words of a text say about its zone so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Zone {
    /// In seconds.
    known: Option<i32>,
    /// Bit `i` says that word `i` of [`WORDS`] was there.
    words: u16,
}

impl Zone {
    /// So many seconds east of Greenwich.
    pub(super) fn of(offset: i32) -> Self {
        Self { known: Some(offset), words: 0 }
    }

    /// The zone of these letters, or what a word of a name says; in lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        if let Some((_, minutes)) = LETTERS.iter().find(|(letters, _)| *letters == name) {
            return Some(Self::of(minutes * 60));
        }
        let at = WORDS.iter().position(|word| *word == name)?;
        Some(Self { known: None, words: 1 << at })
    }

    /// What two words say together.
    pub(super) fn and(self, more: Self) -> Self {
        Self { known: self.known.or(more.known), words: self.words | more.words }
    }

    /// Seconds east of Greenwich; `None`: nothing is said that is known.
    pub(super) fn offset(self) -> Option<i32> {
        let has = |word: &str| {
            WORDS
                .iter()
                .position(|known| *known == word)
                .is_some_and(|at| self.words >> at & 1 == 1)
        };
        let europe = has("europe") || has("european");
        let hours = match () {
            () if has("eastern") => {
                if europe {
                    2
                } else {
                    -5
                }
            }
            () if has("central") => {
                if europe {
                    1
                } else {
                    -6
                }
            }
            () if has("western") && europe => 0,
            () if has("mountain") => -7,
            () if has("pacific") => -8,
            () if has("universal") => 0,
            () => return self.known,
        };
        let summer = i32::from(has("daylight") || has("summer"));
        self.known.or(Some((hours + summer) * 3_600))
    }
}

/// `+02:00`, `-0700` or `+02` in seconds.
pub(super) fn offset_of(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().skip(1).filter(|c| *c != ':').collect();
    let number = |part: &str| part.parse::<i32>().ok();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (number(&digits)?, 0),
        4 | 6 => (number(&digits[..2])?, number(&digits[2..4])?),
        _ => return None,
    };
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}
