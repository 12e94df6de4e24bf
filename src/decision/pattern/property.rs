//! What `\\p{…}` stands for, where Java and JavaScript give it the same name.

use unicode_properties::{GeneralCategory as Is, UnicodeGeneralCategory as _};
use unicode_script::{Script, UnicodeScript as _};

/// A kind of characters that Unicode has a name for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    Ascii,
    Category(&'static [Is]),
    Script(Script),
}

/// General categories by their short names. Those of one letter are each the sum of some.
#[rustfmt::skip]
const CATEGORIES: &[(&str, &[Is])] = &[
    ("L", &[Is::UppercaseLetter, Is::LowercaseLetter, Is::TitlecaseLetter, Is::ModifierLetter, Is::OtherLetter]),
    ("LC", &[Is::UppercaseLetter, Is::LowercaseLetter, Is::TitlecaseLetter]),
    ("Lu", &[Is::UppercaseLetter]),
    ("Ll", &[Is::LowercaseLetter]),
    ("Lt", &[Is::TitlecaseLetter]),
    ("Lm", &[Is::ModifierLetter]),
    ("Lo", &[Is::OtherLetter]),
    ("M", &[Is::NonspacingMark, Is::SpacingMark, Is::EnclosingMark]),
    ("Mn", &[Is::NonspacingMark]),
    ("Mc", &[Is::SpacingMark]),
    ("Me", &[Is::EnclosingMark]),
    ("N", &[Is::DecimalNumber, Is::LetterNumber, Is::OtherNumber]),
    ("Nd", &[Is::DecimalNumber]),
    ("Nl", &[Is::LetterNumber]),
    ("No", &[Is::OtherNumber]),
    ("P", &[
        Is::ConnectorPunctuation, Is::DashPunctuation, Is::OpenPunctuation, Is::ClosePunctuation,
        Is::InitialPunctuation, Is::FinalPunctuation, Is::OtherPunctuation,
    ]),
    ("Pc", &[Is::ConnectorPunctuation]),
    ("Pd", &[Is::DashPunctuation]),
    ("Ps", &[Is::OpenPunctuation]),
    ("Pe", &[Is::ClosePunctuation]),
    ("Pi", &[Is::InitialPunctuation]),
    ("Pf", &[Is::FinalPunctuation]),
    ("Po", &[Is::OtherPunctuation]),
    ("S", &[Is::MathSymbol, Is::CurrencySymbol, Is::ModifierSymbol, Is::OtherSymbol]),
    ("Sm", &[Is::MathSymbol]),
    ("Sc", &[Is::CurrencySymbol]),
    ("Sk", &[Is::ModifierSymbol]),
    ("So", &[Is::OtherSymbol]),
    ("Z", &[Is::SpaceSeparator, Is::LineSeparator, Is::ParagraphSeparator]),
    ("Zs", &[Is::SpaceSeparator]),
    ("Zl", &[Is::LineSeparator]),
    ("Zp", &[Is::ParagraphSeparator]),
    ("C", &[Is::Control, Is::Format, Is::Surrogate, Is::PrivateUse, Is::Unassigned]),
    ("Cc", &[Is::Control]),
    ("Cf", &[Is::Format]),
    ("Cs", &[Is::Surrogate]),
    ("Co", &[Is::PrivateUse]),
    ("Cn", &[Is::Unassigned]),
];

impl Property {
    /// The property that stands between the braces.
    pub(super) fn new(name: &str) -> Option<Self> {
        let (key, value) = name.split_once('=').unwrap_or(("", name));
        match key {
            "" if value == "ASCII" => Some(Self::Ascii),
            "" | "gc" | "General_Category" => {
                let (_, categories) = CATEGORIES.iter().find(|(short, _)| *short == value)?;
                Some(Self::Category(categories))
            }
            "sc" | "Script" => {
                Script::from_full_name(value).or_else(|| Script::from_short_name(value)).map(Self::Script)
            }
            _ => None,
        }
    }

    pub(super) fn contains(self, character: char) -> bool {
        match self {
            Self::Ascii => character.is_ascii(),
            Self::Category(categories) => categories.contains(&character.general_category()),
            Self::Script(script) => character.script() == script,
        }
    }
}
