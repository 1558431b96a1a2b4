//! The conflict engine (DOMAIN §6): which slots overlap, where else a job could go, and which
//! moves free every conflict.
//!
//! Everything here is plain arithmetic on integers. An instant is an `i64` count of microseconds
//! since the Unix epoch (UTC), a slot a half-open [`Span`] of two of them, and an id whatever
//! `Copy + Ord` the caller keeps for its jobs. No clock, no zone, no job model: the caller decides
//! which jobs count (critical, alive, same pool) and hands over their slots.
//!
//! | question | answer | cost |
//! |---|---|---|
//! | what overlaps this slot, in a pool that changes? | [`PoolIndex`], [`ConflictIndex`] | O(log n + k), insert and remove O(log n) |
//! | which of these n slots overlap another one? | [`flags`] | one sort |
//! | which pairs, which clusters? | [`for_each_pair`], [`pairs`], [`groups`] | one sort + the answer |
//! | where else could this job go? | [`suggest`](suggest::suggest) | one sort of what is busy |
//! | which moves free everything? | [`resolve`](resolve::resolve) | see there |

pub mod index;
mod pools;
pub mod resolve;
mod span;
pub mod suggest;
pub mod sweep;

pub use index::{Overlaps, PoolIndex};
pub use pools::ConflictIndex;
pub use resolve::{Move, Resolution, resolve};
pub use span::{Span, merge};
pub use suggest::{Suggestion, suggest};
pub use sweep::{Group, Slot, flags, for_each_pair, groups, pairs};
