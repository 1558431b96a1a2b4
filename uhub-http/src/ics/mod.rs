//! iCalendar (RFC 5545), the text that other calendars speak.

mod read;
mod write;

pub(crate) use read::{MAX_BYTES, read};
pub(crate) use write::calendar;
