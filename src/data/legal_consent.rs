//! What a visitor said to the use of personal data.

/// Whether a visitor agrees to the use of personal data; see
/// [`KameleoonClient::set_legal_consent`](crate::KameleoonClient::set_legal_consent).
///
/// The answer of a form converts:
///
/// ```
/// use kameleoon::LegalConsent;
///
/// let accepted = true;
/// assert_eq!(LegalConsent::from(accepted), LegalConsent::Given);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegalConsent {
    /// The visitor agrees.
    Given,
    /// The visitor never agreed when asked, or has withdrawn the agreement.
    Refused,
}

impl From<bool> for LegalConsent {
    /// `true` is [`Given`](Self::Given).
    fn from(is_given: bool) -> Self {
        if is_given { Self::Given } else { Self::Refused }
    }
}
