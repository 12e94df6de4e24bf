//! The names of the fields.

/// A field of a visitor's record. Names are short: there are many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    /// When the visit began; the earliest stands.
    Start,
    Consent,
    /// Whether the name is an identifier of a known user. The name's own, and not the person's.
    Unique,
    /// The person whom the name belongs to. The name's own.
    Link,
    /// The code under which the person is bucketed; the earliest stands.
    Mapping,
    CustomData(u32),
    Forced(i64),
    /// When a goal was last reached.
    Goal(i64),
    Experiment(i64),
    Personalization(i64),
    Visits,
    Heat,
    Bandit,
    /// The pages that one process saw, with their number; one field for each process.
    Pages(u64),
    /// The number of views that the platform told of.
    EarlierViews,
}

impl Field {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Start => "s".to_owned(),
            Self::Consent => "c".to_owned(),
            Self::Unique => "u".to_owned(),
            Self::Link => "l".to_owned(),
            Self::Mapping => "m".to_owned(),
            Self::CustomData(index) => format!("d{index}"),
            Self::Forced(id) => format!("f{id}"),
            Self::Goal(id) => format!("g{id}"),
            Self::Experiment(id) => format!("x{id}"),
            Self::Personalization(id) => format!("z{id}"),
            Self::Visits => "w".to_owned(),
            Self::Heat => "h".to_owned(),
            Self::Bandit => "b".to_owned(),
            Self::Pages(process) => format!("p{process:x}"),
            Self::EarlierViews => "e".to_owned(),
        }
    }

    /// None: a name that this version does not know.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let mut chars = name.chars();
        let kind = chars.next()?;
        let rest = chars.as_str();
        if rest.is_empty() {
            return Some(match kind {
                's' => Self::Start,
                'c' => Self::Consent,
                'u' => Self::Unique,
                'l' => Self::Link,
                'm' => Self::Mapping,
                'w' => Self::Visits,
                'h' => Self::Heat,
                'b' => Self::Bandit,
                'e' => Self::EarlierViews,
                _ => return None,
            });
        }
        let id = || rest.parse::<i64>().ok();
        Some(match kind {
            'd' => Self::CustomData(rest.parse().ok()?),
            'f' => Self::Forced(id()?),
            'g' => Self::Goal(id()?),
            'x' => Self::Experiment(id()?),
            'z' => Self::Personalization(id()?),
            'p' => Self::Pages(u64::from_str_radix(rest, 16).ok()?),
            _ => return None,
        })
    }

    /// Whether it belongs to the name that it stands under, and not to the person.
    pub(crate) fn is_of_name(self) -> bool {
        matches!(self, Self::Unique | Self::Link)
    }
}

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn a_name_is_read_back_as_its_field() {
        let all = [
            Field::Start,
            Field::Consent,
            Field::Unique,
            Field::Link,
            Field::Mapping,
            Field::CustomData(0),
            Field::CustomData(u32::MAX),
            Field::Forced(-1),
            Field::Goal(i64::MAX),
            Field::Experiment(7),
            Field::Personalization(7),
            Field::Visits,
            Field::Heat,
            Field::Bandit,
            Field::Pages(u64::MAX),
            Field::EarlierViews,
        ];
        for field in all {
            assert_eq!(Field::of_name(&field.name()), Some(field));
        }
        for name in ["", "q", "d", "dx", "d-1", "s1", "é", "p", "pq", "x1.5"] {
            assert_eq!(Field::of_name(name), None, "{name}");
        }
    }
}
