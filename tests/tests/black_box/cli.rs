//! The command line: its help, its exit codes, its answers, and what it finds in a database that was tampered with.
mod audit;
mod commands;
mod config;
mod transfer;
