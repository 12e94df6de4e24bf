//! A handle on one visitor.

use std::sync::Arc;

use super::core::{Core, Save, Who};
use super::{AddDataOptions, EvaluationOptions, KameleoonClient, Variations, VariationsOptions};
use crate::data::DataList;
use crate::decision::datafile::Variation;
use crate::decision::evaluation::Explanation;
use crate::error::Result;
use crate::visitor::Visitor;

/// One visitor of a client, for several questions about it in a row: the code is checked once, and
/// the visitor's entry is at hand.
///
/// A handle may be kept, cloned and sent to other threads. It keeps the visitor's data from
/// nothing: when they expire, the next call begins with none.
#[derive(Clone)]
pub struct VisitorHandle {
    client: KameleoonClient,
    entry: Arc<Visitor>,
    /// The entry has it as bytes, which would be looked through at every call.
    code: Arc<str>,
}

impl VisitorHandle {
    pub(super) fn new(client: KameleoonClient, visitor_code: &str) -> Self {
        let entry = client.core.visitors.get_or_insert(visitor_code, client.core.clock.now());
        Self { client, entry, code: visitor_code.into() }
    }

    pub(super) fn core(&self) -> &Core {
        &self.client.core
    }

    pub(super) fn who(&self) -> Who<'_> {
        Who { code: &self.code, entry: Some(&self.entry) }
    }

    /// The visitor code.
    pub fn visitor_code(&self) -> &str {
        &self.code
    }

    /// See [`KameleoonClient::get_variation`].
    ///
    /// # Errors
    /// Those of [`KameleoonClient::get_variation`], but for the visitor code.
    pub fn get_variation(&self, feature_key: &str) -> Result<Variation> {
        self.client.core.get_variation(self.who(), feature_key, true)
    }

    /// See [`KameleoonClient::get_variation_with`].
    ///
    /// # Errors
    /// Those of [`KameleoonClient::get_variation`], but for the visitor code.
    pub fn get_variation_with(&self, feature_key: &str, options: EvaluationOptions) -> Result<Variation> {
        self.client.mark_unique(self.visitor_code(), options.unique)?;
        self.client.core.get_variation(self.who(), feature_key, options.track)
    }

    /// See [`KameleoonClient::get_variations`].
    pub fn get_variations(&self) -> Variations {
        self.get_variations_with(VariationsOptions::new())
    }

    /// See [`KameleoonClient::get_variations_with`].
    pub fn get_variations_with(&self, options: VariationsOptions) -> Variations {
        let save = if options.track { Save::Tracked } else { Save::Untracked };
        self.client.core.get_variations(self.who(), options.only_active, save)
    }

    /// See [`KameleoonClient::is_feature_active`].
    ///
    /// # Errors
    /// Those of [`KameleoonClient::is_feature_active`], but for the visitor code.
    pub fn is_feature_active(&self, feature_key: &str) -> Result<bool> {
        self.client.core.is_feature_active(self.who(), feature_key, true)
    }

    /// See [`KameleoonClient::is_feature_active_with`].
    ///
    /// # Errors
    /// Those of [`KameleoonClient::is_feature_active`], but for the visitor code.
    pub fn is_feature_active_with(&self, feature_key: &str, options: EvaluationOptions) -> Result<bool> {
        self.client.mark_unique(self.visitor_code(), options.unique)?;
        self.client.core.is_feature_active(self.who(), feature_key, options.track)
    }

    /// See [`KameleoonClient::explain`].
    ///
    /// # Errors
    /// Those of [`KameleoonClient::explain`], but for the visitor code.
    pub fn explain(&self, feature_key: &str) -> Result<Explanation> {
        self.client.explain(self.visitor_code(), feature_key)
    }

    /// See [`KameleoonClient::add_data`].
    pub fn add_data(&self, data: impl DataList) {
        self.add_data_with(data, AddDataOptions::new());
    }

    /// See [`KameleoonClient::add_data_with`].
    pub fn add_data_with(&self, data: impl DataList, options: AddDataOptions) {
        // The visitor code, all that can be wrong, was checked when the handle was made.
        let _ = self.client.add_data_with(self.visitor_code(), data, options);
    }
}

// As the client is.
impl std::panic::UnwindSafe for VisitorHandle {}
impl std::panic::RefUnwindSafe for VisitorHandle {}

/// Leaves out the visitor code and what is known of the visitor.
impl std::fmt::Debug for VisitorHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VisitorHandle").field("client", &self.client).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::client::KameleoonClient;
    use crate::data::CustomData;

    #[test]
    fn debug_leaves_out_who_the_visitor_is() {
        let client = KameleoonClient::offline("{}").unwrap();
        let visitor = client.visitor("visitor-7").unwrap();
        visitor.add_data(CustomData::new(1, "anna@example.com"));
        let text = format!("{visitor:?}");
        assert!(!text.contains("visitor-7") && !text.contains("anna"), "{text}");
    }
}
