//! Adding what a caller tells about a visitor.

use super::delivery::Tracked;
use super::model::{CustomDataEntry, Profile, TimedConversion};
use super::tally::Tally;
use crate::data::{CustomData, CustomDataKey, Data};
use crate::decision::datafile::CustomDataIndex;

/// What adding needs to know besides the data.
#[derive(Clone, Copy)]
pub(crate) struct AddContext<'a> {
    /// The site's custom data, once a data file is in use.
    pub(crate) custom_data: Option<&'a CustomDataIndex>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    pub(crate) track: bool,
}

impl AddContext<'_> {
    /// The index of a custom data; none when it is given by a name that the site does not have.
    pub(crate) fn index_of(&self, data: &CustomData) -> Option<u32> {
        match &data.key {
            CustomDataKey::Index(index) => Some(*index),
            CustomDataKey::Name(name) => {
                self.custom_data.and_then(|site| site.by_name(name)).map(|info| info.index)
            }
        }
    }
}

/// Puts a piece in its place. Returns whether one that was not sent yet had to go.
fn replace<T>(place: &mut Option<Tracked<T>>, value: T, track: bool) -> bool {
    let new = Tracked::new(value, track);
    place.replace(new).is_some_and(|old| old.delivery.is_due())
}

impl Profile {
    /// Adds one piece of data. The unique identifier belongs to the visitor's name and the mapping
    /// to the store; both are no matter of the profile.
    pub(crate) fn add(&mut self, data: Data, context: AddContext<'_>, tally: &mut Tally) {
        let AddContext { now, track, .. } = context;
        let replaced = match data {
            Data::UniqueIdentifier(_) => return,
            Data::Cookie(cookie) => {
                self.extra_mut().cookie = Some(cookie);
                return;
            }
            Data::UserAgent(user_agent) => {
                self.extra_mut().user_agent = Some(user_agent);
                return;
            }
            Data::ApplicationVersion(version) => {
                self.extra_mut().application_version = Some(version);
                return;
            }
            Data::CustomData(custom_data) => return self.add_custom_data(custom_data, context, tally),
            Data::Browser(browser) => replace(&mut self.browser, browser, track),
            Data::Device(device) => replace(&mut self.extra_mut().device, device, track),
            Data::OperatingSystem(system) => replace(&mut self.extra_mut().operating_system, system, track),
            Data::Geolocation(place) => replace(&mut self.extra_mut().geolocation, place, track),
            Data::PageView(view) if view.url.is_empty() => return,
            Data::PageView(view) => self.extra_mut().pages.view(view, now, track),
            Data::Conversion(conversion) => {
                let list = &mut self.extra_mut().conversions;
                super::grow(list);
                list.push(Tracked::new(TimedConversion { conversion, time: now }, track));
                false
            }
        };
        tally.count(track, replaced);
    }

    fn add_custom_data(&mut self, data: CustomData, context: AddContext<'_>, tally: &mut Tally) {
        let Some(index) = context.index_of(&data) else { return };
        let local_only =
            context.custom_data.and_then(|site| site.get(index)).is_some_and(|info| info.local_only);
        let is_mapping = context.custom_data.and_then(|site| site.mapping_index) == Some(index)
            && data.values.first().is_some_and(|value| !value.is_empty());
        let entry = CustomDataEntry { index, overwrite: data.overwrite, is_mapping, values: data.values };
        let track = context.track && !local_only;
        let replaced = self.set_custom_data(Tracked::new(entry, track));
        tally.count(track, replaced);
    }

    /// Puts a custom data in the place of its index. Returns whether one that was not sent yet
    /// had to go.
    pub(crate) fn set_custom_data(&mut self, entry: Tracked<CustomDataEntry>) -> bool {
        match self.custom_data.iter_mut().find(|known| known.value.index == entry.value.index) {
            Some(known) => std::mem::replace(known, entry).delivery.is_due(),
            None => {
                super::grow(&mut self.custom_data);
                self.custom_data.push(entry);
                false
            }
        }
    }
}
