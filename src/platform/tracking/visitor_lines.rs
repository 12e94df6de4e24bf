//! All lines of a visitor for one request.

use std::sync::Arc;

use super::line::{Identity, LineWriter};
use crate::data::Values;
use crate::decision::datafile::{DataFile, RuleKind};
use crate::decision::profile::{Consent, CustomDataEntry, Profile, Tally, Tracked};
use crate::visitor::Visitor;

/// What building lines needs to know besides the visitor.
#[derive(Clone, Copy)]
pub(super) struct LineContext<'a> {
    pub(super) file: Option<&'a DataFile>,
    /// Milliseconds since the epoch.
    pub(super) now: i64,
}

impl LineContext<'_> {
    /// Appends the lines of a visitor and marks what they tell as being sent. A visitor of whom
    /// nothing new is to be told gets an activity line, unless consent is missing. Returns what had
    /// to go for the visitor's own identifier.
    pub(super) fn append(self, visitor: &Arc<Visitor>, body: &mut String) -> Tally {
        let consent_required = self.file.is_some_and(|file| file.settings.consent_required);
        let mut tally = Tally::default();
        let written = visitor.change_known(|profile| {
            tally.count(false, self.link_to_itself(visitor, profile));
            self.append_known(visitor, profile, consent_required, body);
        });
        if written.is_none() && !consent_required {
            let identity =
                Identity { code: visitor.code(), is_mapping_value: visitor.is_unique(), user_agent: None };
            LineWriter { body, identity, lines: 0 }.activity(rand::random());
        }
        tally
    }

    fn append_known(
        self,
        visitor: &Visitor,
        profile: &mut Profile,
        consent_required: bool,
        body: &mut String,
    ) {
        let everything = !consent_required || profile.consent == Consent::Given;
        let Profile { custom_data, assigned, browser, extra, mapping_identifier, .. } = profile;
        let mut extra = extra.as_deref_mut();
        let user_agent = extra.as_deref_mut().and_then(|extra| extra.user_agent.take());
        let is_own_mapping = mapping_identifier.as_deref() == Some(visitor.code());
        let identity = Identity {
            code: visitor.code(),
            is_mapping_value: visitor.is_unique() && !is_own_mapping,
            user_agent: user_agent.as_ref().map(|user_agent| user_agent.value()),
        };
        let mut writer = LineWriter { body, identity, lines: 0 };
        if everything {
            if let Some(extra) = extra.as_deref_mut() {
                each(&mut extra.device, |nonce, device| writer.device(nonce, device));
            }
            each(browser, |nonce, browser| writer.browser(nonce, browser));
            if let Some(extra) = extra.as_deref_mut() {
                each(&mut extra.operating_system, |nonce, system| writer.operating_system(nonce, system));
                each(&mut extra.geolocation, |nonce, place| writer.geolocation(nonce, place));
                each(&mut extra.visits, |nonce, visits| writer.visits(nonce, visits, self.now));
            }
            for entry in custom_data {
                let started = match entry.value.is_mapping {
                    true => Some(entry.delivery.start_again(rand::random)),
                    false => entry.delivery.start(rand::random),
                };
                if let Some(nonce) = started {
                    writer.custom_data(nonce, &entry.value);
                }
            }
            if let Some(extra) = extra.as_deref_mut() {
                each(extra.pages.iter_mut(), |nonce, page| writer.page(nonce, &page.view));
            }
        }
        for assignment in assigned.iter_mut() {
            if everything || assignment.kind == RuleKind::TargetedDelivery {
                if let Some(nonce) = assignment.delivery.start(rand::random) {
                    writer.experiment(nonce, assignment.experiment_id, assignment.variation_id);
                }
            }
        }
        if let Some(extra) = extra.as_deref_mut() {
            if everything {
                each(&mut extra.targeted_segments, |nonce, id| writer.targeted_segment(nonce, *id));
            }
            let site = self.file.map(|file| &file.custom_data);
            each(&mut extra.conversions, |nonce, conversion| writer.conversion(nonce, conversion, site));
        }
        if writer.lines == 0 && everything {
            writer.activity(rand::random());
        }
        if let Some(extra) = extra {
            extra.user_agent = user_agent;
        }
    }

    /// A visitor marked as a unique identifier identifies itself across devices, unless somebody
    /// else's identifier is known already. Returns whether a custom data that was not sent yet had
    /// to go for it.
    fn link_to_itself(self, visitor: &Visitor, profile: &mut Profile) -> bool {
        let index = self.file.and_then(|file| file.custom_data.mapping_index);
        let Some(index) = index.filter(|_| visitor.is_unique() && profile.mapping_identifier.is_none())
        else {
            return false;
        };
        profile.mapping_identifier = Some(visitor.code().into());
        let entry = CustomDataEntry {
            index,
            overwrite: true,
            is_mapping: true,
            values: Values::One(visitor.code().into()),
        };
        // Told again with every request, so there is no moment at which it is delivered for good.
        profile.set_custom_data(Tracked::new(entry, false))
    }
}

/// Starts the delivery of each piece that is due.
fn each<'t, T: 't>(pieces: impl IntoIterator<Item = &'t mut Tracked<T>>, mut write: impl FnMut(u64, &T)) {
    for piece in pieces {
        if let Some(nonce) = piece.delivery.start(rand::random) {
            write(nonce, &piece.value);
        }
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::time::Duration;

    use crate::data::{CustomData, UniqueIdentifier};
    use crate::testing::{DataFile, TestClient};

    #[test]
    fn what_the_own_mapping_takes_the_place_of_is_counted() {
        let client = TestClient::new(DataFile::new().mapping_identifier(3)).unwrap();
        // Without a first value it identifies nobody.
        let data = (CustomData::new(3, [""]), UniqueIdentifier::new(true));
        client.add_data("visitor", data).unwrap();
        assert_eq!(client.tracking_stats().pending, 1);
        assert!(client.flush_and_wait(Duration::from_secs(20)).is_complete());
        let stats = client.tracking_stats();
        assert_eq!((stats.accepted, stats.replaced, stats.pending), (1, 1, 0), "{stats:?}");
    }
}
