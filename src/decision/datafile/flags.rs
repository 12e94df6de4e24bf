//! All flags of a data file.

use std::ops::Deref;

use super::flag::Flag;
use super::striped::{Striped, StripedRef};

/// How many flags share their counts. Fewer would take more memory, two kilobytes for each count on
/// a machine of many cores; more would keep more of an old data file alive with one result.
const BLOCK: usize = 64;

/// The flags in the order of the file, in blocks that results refer to.
#[derive(Debug)]
pub(crate) struct Flags {
    blocks: Box<[Striped<[Flag]>]>,
    len: usize,
}

/// A flag with its owner: one block of a data file.
#[derive(Debug, Clone)]
pub(crate) struct SharedFlag {
    block: StripedRef<[Flag]>,
    place: u32,
}

impl Flags {
    pub(super) fn new(flags: Vec<Flag>) -> Self {
        let len = flags.len();
        let mut flags = flags.into_iter();
        let block = |_| Striped::new(flags.by_ref().take(BLOCK).collect());
        Self { blocks: (0..len.div_ceil(BLOCK)).map(block).collect(), len }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Flag> {
        self.blocks.iter().flat_map(|block| block.iter())
    }

    /// The flag at a place that compiling the file has made sure of.
    #[inline]
    pub(crate) fn at(&self, place: u32) -> &Flag {
        &self.blocks[place as usize / BLOCK][place as usize % BLOCK]
    }

    /// The flag at such a place, counted on the calling thread's stripe.
    #[inline(always)]
    pub(crate) fn share(&self, place: u32) -> SharedFlag {
        let block = self.blocks[place as usize / BLOCK].share();
        SharedFlag { block, place: (place as usize % BLOCK) as u32 }
    }
}

impl SharedFlag {
    /// A flag that no data file has.
    pub(super) fn alone(flag: Flag) -> Self {
        Self { block: StripedRef::alone([flag].into()), place: 0 }
    }
}

impl Deref for SharedFlag {
    type Target = Flag;

    fn deref(&self) -> &Flag {
        &self.block[self.place as usize]
    }
}
