//! What the store has told of a visitor's names.

use std::sync::Arc;

use super::entry::Visitor;
use super::more::More;
use super::shared::Shared;
use crate::decision::record::Field;

impl Visitor {
    fn with_changes<R>(&self, look: impl FnOnce(&mut Shared) -> R) -> Option<R> {
        self.with_shared(|_, more: &mut More| more.shared.as_deref_mut().map(look)).flatten()
    }

    /// Since when this further name is that of its person, as far as changes are noted.
    pub(crate) fn linked_since(self: &Arc<Self>) -> Option<i64> {
        self.person().with_changes(|shared| shared.link_time(self.code())).flatten()
    }

    /// The store says that the name is the person's since that time, unless it became so later here.
    pub(crate) fn note_link(self: &Arc<Self>, time: i64) {
        self.person().with_changes(|shared| {
            if shared.link_time(self.code()).is_none_or(|known| known < time) {
                shared.set_link(self.code(), time);
            }
        });
    }

    /// The store says whether the name is an identifier of a known user, and since when.
    pub(crate) fn take_unique(self: &Arc<Self>, unique: bool, time: i64) {
        let is_new = self.person().with_changes(|shared| {
            let is_new = shared.time_of(Field::Unique).is_none_or(|known| known < time);
            if is_new {
                shared.set_told(Field::Unique, time);
            }
            is_new
        });
        if is_new == Some(true) {
            self.set_unique(unique);
        }
    }
}
