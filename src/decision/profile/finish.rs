//! The end of a request for what was part of it.

use super::delivery::Delivery;
use super::model::Profile;

impl Profile {
    /// Ends the request under way: what was part of it is delivered, or is to be sent again.
    /// Returns how many pieces were part of it.
    pub(crate) fn finish_sending(&mut self, delivered: bool) -> u64 {
        let mut count = 0;
        self.each_delivery(|delivery| count += u64::from(delivery.finish(delivered)));
        count
    }

    /// Gives up what waits to be sent; what is part of the request under way stays so. Returns how
    /// many pieces that were.
    pub(crate) fn give_up(&mut self) -> u64 {
        let mut count = 0;
        self.each_delivery(|delivery| count += u64::from(delivery.give_up()));
        count
    }

    /// How many pieces the platform still has to get.
    pub(crate) fn due_count(&self) -> u64 {
        let mut count = 0;
        self.each_state(|delivery| count += u64::from(delivery.is_due()));
        count
    }

    /// Whether there is any piece that is ever sent, whether it was sent or not.
    pub(crate) fn has_sendable(&self) -> bool {
        let mut any = false;
        self.each_state(|_| any = true);
        any
    }

    fn each_delivery(&mut self, mut each: impl FnMut(&mut Delivery)) {
        self.custom_data.iter_mut().for_each(|item| each(&mut item.delivery));
        self.assigned.iter_mut().for_each(|item| each(&mut item.delivery));
        self.browser.iter_mut().for_each(|item| each(&mut item.delivery));
        if let Some(extra) = self.extra.as_deref_mut() {
            extra.device.iter_mut().for_each(|item| each(&mut item.delivery));
            extra.operating_system.iter_mut().for_each(|item| each(&mut item.delivery));
            extra.geolocation.iter_mut().for_each(|item| each(&mut item.delivery));
            extra.visits.iter_mut().for_each(|item| each(&mut item.delivery));
            extra.pages.iter_mut().for_each(|item| each(&mut item.delivery));
            extra.conversions.iter_mut().for_each(|item| each(&mut item.delivery));
            extra.targeted_segments.iter_mut().for_each(|item| each(&mut item.delivery));
        }
    }

    fn each_state(&self, mut each: impl FnMut(Delivery)) {
        self.custom_data.iter().for_each(|item| each(item.delivery));
        self.assigned.as_slice().iter().for_each(|item| each(item.delivery));
        self.browser.iter().for_each(|item| each(item.delivery));
        if let Some(extra) = self.extra.as_deref() {
            extra.device.iter().for_each(|item| each(item.delivery));
            extra.operating_system.iter().for_each(|item| each(item.delivery));
            extra.geolocation.iter().for_each(|item| each(item.delivery));
            extra.visits.iter().for_each(|item| each(item.delivery));
            extra.pages.iter().for_each(|item| each(item.delivery));
            extra.conversions.iter().for_each(|item| each(item.delivery));
            extra.targeted_segments.iter().for_each(|item| each(item.delivery));
        }
    }
}
