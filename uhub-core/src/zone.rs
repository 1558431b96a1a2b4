//! Days and hours in the hub's time zone.
