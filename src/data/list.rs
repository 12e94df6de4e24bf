//! One or several pieces of data as an argument.

use super::{
    ApplicationVersion, Browser, Conversion, Cookie, CustomData, Data, Device, Geolocation, OperatingSystem,
    PageView, UniqueIdentifier, UserAgent,
};

/// What `add_data` takes: one piece of data, a tuple of up to eight of any types, or an array or
/// vector of [`Data`].
///
/// ```
/// use kameleoon::{Browser, BrowserType, CustomData, Data, DataList};
///
/// fn count(data: impl DataList) -> usize {
///     let mut count = 0;
///     data.for_each_data(&mut |_| count += 1);
///     count
/// }
/// assert_eq!(count(Browser::new(BrowserType::Chrome)), 1);
/// assert_eq!(count((Browser::new(BrowserType::Chrome), CustomData::new(1, ["a"]))), 2);
/// assert_eq!(count(vec![Data::from(CustomData::new(1, ["a"]))]), 1);
/// ```
pub trait DataList {
    /// Hands over the pieces, in order.
    fn for_each_data(self, take: &mut dyn FnMut(Data));
}

macro_rules! single {
    ($($name:ident),*) => {$(
        impl From<$name> for Data {
            fn from(data: $name) -> Self {
                Data::$name(data)
            }
        }
        impl DataList for $name {
            fn for_each_data(self, take: &mut dyn FnMut(Data)) {
                take(Data::$name(self));
            }
        }
    )*};
}

single!(
    ApplicationVersion,
    Browser,
    Conversion,
    Cookie,
    CustomData,
    Device,
    Geolocation,
    OperatingSystem,
    PageView,
    UniqueIdentifier,
    UserAgent
);

impl DataList for Data {
    fn for_each_data(self, take: &mut dyn FnMut(Data)) {
        take(self);
    }
}

impl<D: DataList> DataList for Vec<D> {
    fn for_each_data(self, take: &mut dyn FnMut(Data)) {
        self.into_iter().for_each(|data| data.for_each_data(take));
    }
}

impl<D: DataList, const N: usize> DataList for [D; N] {
    fn for_each_data(self, take: &mut dyn FnMut(Data)) {
        self.into_iter().for_each(|data| data.for_each_data(take));
    }
}

impl<D: DataList> DataList for Option<D> {
    fn for_each_data(self, take: &mut dyn FnMut(Data)) {
        if let Some(data) = self {
            data.for_each_data(take);
        }
    }
}

macro_rules! tuple {
    ($($name:ident)+) => {
        impl<$($name: DataList),+> DataList for ($($name,)+) {
            #[allow(non_snake_case, reason = "the type parameters name the tuple's places")]
            fn for_each_data(self, take: &mut dyn FnMut(Data)) {
                let ($($name,)+) = self;
                $($name.for_each_data(take);)+
            }
        }
    };
}

tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
