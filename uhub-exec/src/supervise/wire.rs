//! What the worker and its supervisors say to each other: one datagram each, whole or not at all.
//!
//! Numbers are native `u64` words, since both ends are the same program on the same machine. Encoding allocates and is
//! done by the worker; decoding must not allocate, since supervisors are forked from a process with threads.

/// The largest `START`: program arguments and environment together.
pub(crate) const MAX_START: usize = 128 * 1024;
/// The most arguments, and the most variables, of one program.
pub(crate) const MAX_STRINGS: usize = 4096;
/// The most supplementary groups.
pub(crate) const MAX_GROUPS: usize = 256;

/// Words before the strings of `START`.
const HEADER_WORDS: usize = 8;
const WORD: usize = size_of::<u64>();

const START: u64 = 1;
const STOP: u64 = 2;
const HOLD: u64 = 3;

/// As whom a program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
}

/// A program to start. Its file, its directory and its outputs travel along as descriptors.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) timeout_ns: u64,
    pub(crate) grace_ns: u64,
    pub(crate) identity: Option<&'a Identity>,
    /// Without NUL.
    pub(crate) args: Vec<&'a [u8]>,
    /// `NAME=value`, without NUL.
    pub(crate) env: Vec<Vec<u8>>,
}

impl Start<'_> {
    /// The datagram; `None` where it would be too large.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let groups = self.identity.map_or(&[][..], |identity| &identity.groups);
        if self.args.len() > MAX_STRINGS || self.env.len() > MAX_STRINGS || groups.len() > MAX_GROUPS {
            return None;
        }
        let strings = self.args.iter().map(|arg| arg.len() + 1).sum::<usize>()
            + self.env.iter().map(|variable| variable.len() + 1).sum::<usize>();
        let length = (HEADER_WORDS + groups.len()) * WORD + strings;
        if length > MAX_START {
            return None;
        }
        let mut out = Vec::with_capacity(length);
        // -1 as uid means "as the supervisor itself".
        let (uid, gid) = self.identity.map_or((u64::MAX, u64::MAX), |id| (id.uid.into(), id.gid.into()));
        for word in [
            START,
            self.timeout_ns,
            self.grace_ns,
            uid,
            gid,
            groups.len() as u64,
            self.args.len() as u64,
            self.env.len() as u64,
        ] {
            out.extend_from_slice(&word.to_ne_bytes());
        }
        for group in groups {
            out.extend_from_slice(&u64::from(*group).to_ne_bytes());
        }
        for string in self.args.iter().copied().chain(self.env.iter().map(Vec::as_slice)) {
            out.extend_from_slice(string);
            out.push(0);
        }
        Some(out)
    }
}

/// A short order to a supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Ask the program to end; kill it after its grace.
    Stop,
    /// Kill everything in so many nanoseconds unless told again.
    Hold(u64),
}

impl Order {
    pub(crate) fn encode(self) -> [u8; 2 * WORD] {
        let (kind, value) = match self {
            Self::Stop => (STOP, 0),
            Self::Hold(remaining) => (HOLD, remaining),
        };
        words([kind, value])
    }
}

/// A received datagram.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    Start(StartHeader),
    Order(Order),
    Unknown,
}

/// The fixed part of `START`; the strings lie behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StartHeader {
    pub(super) timeout_ns: u64,
    pub(super) grace_ns: u64,
    /// Uid and gid to change to.
    pub(super) identity: Option<(u32, u32)>,
    pub(super) groups: usize,
    pub(super) args: usize,
    pub(super) env: usize,
    /// Where the strings begin.
    pub(super) strings: usize,
}

/// The `index`th word.
fn word(bytes: &[u8], index: usize) -> Option<u64> {
    let from = index.checked_mul(WORD)?;
    let slice = bytes.get(from..from.checked_add(WORD)?)?;
    Some(u64::from_ne_bytes(slice.try_into().ok()?))
}

/// A group of `START`.
pub(super) fn group(bytes: &[u8], index: usize) -> Option<u32> {
    word(bytes, HEADER_WORDS.checked_add(index)?).and_then(|word| u32::try_from(word).ok())
}

pub(super) fn decode(bytes: &[u8]) -> Received {
    decode_known(bytes).unwrap_or(Received::Unknown)
}

fn decode_known(bytes: &[u8]) -> Option<Received> {
    match word(bytes, 0)? {
        START => {
            let count = |index, most: usize| {
                word(bytes, index).and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= most)
            };
            let groups = count(5, MAX_GROUPS)?;
            let identity = match (u32::try_from(word(bytes, 3)?), u32::try_from(word(bytes, 4)?)) {
                (Ok(uid), Ok(gid)) => Some((uid, gid)),
                _ => None,
            };
            Some(Received::Start(StartHeader {
                timeout_ns: word(bytes, 1)?,
                grace_ns: word(bytes, 2)?,
                identity,
                groups,
                args: count(6, MAX_STRINGS)?,
                env: count(7, MAX_STRINGS)?,
                strings: (HEADER_WORDS + groups) * WORD,
            }))
        }
        STOP => Some(Received::Order(Order::Stop)),
        HOLD => Some(Received::Order(Order::Hold(word(bytes, 1)?))),
        _ => None,
    }
}

/// Why a supervisor ended a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It did not: the program ended by itself.
    ByItself,
    TimedOut,
    Stopped,
    /// Nobody said in time that the claim still holds.
    NotHeld,
}

/// At which step a program failed to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Message,
    Fork,
    Session,
    Descriptors,
    User,
    Directory,
    Execute,
}

impl Step {
    const ALL: [Self; 7] = [
        Self::Message,
        Self::Fork,
        Self::Session,
        Self::Descriptors,
        Self::User,
        Self::Directory,
        Self::Execute,
    ];
}

/// What a supervisor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The program runs.
    Started {
        /// Its process id.
        program: i32,
        /// The supervisor's own.
        supervisor: i32,
    },
    /// It does not, with this error number.
    Failed(Step, i32),
    /// The program and all that it left behind are gone.
    Done {
        cause: Cause,
        /// As `waitpid` tells it.
        status: i32,
        /// How many processes outlived the program and were killed.
        left_behind: u32,
    },
}

/// The size of every [`Answer`].
pub(crate) const ANSWER: usize = 4 * WORD;

impl Answer {
    pub(super) fn encode(self) -> [u8; ANSWER] {
        match self {
            Self::Started { program, supervisor } => words([1, signed(program), signed(supervisor), 0]),
            Self::Failed(step, errno) => words([2, step as u64, signed(errno), 0]),
            Self::Done { cause, status, left_behind } => {
                words([3, cause as u64, signed(status), left_behind.into()])
            }
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let int = |index| word(bytes, index).map(|word| word as u32 as i32);
        match word(bytes, 0)? {
            1 => Some(Self::Started { program: int(1)?, supervisor: int(2)? }),
            2 => {
                let step = Step::ALL.into_iter().find(|step| Some(*step as u64) == word(bytes, 1))?;
                Some(Self::Failed(step, int(2)?))
            }
            3 => {
                let cause = [Cause::ByItself, Cause::TimedOut, Cause::Stopped, Cause::NotHeld]
                    .into_iter()
                    .find(|cause| Some(*cause as u64) == word(bytes, 1))?;
                Some(Self::Done { cause, status: int(2)?, left_behind: u32::try_from(word(bytes, 3)?).ok()? })
            }
            _ => None,
        }
    }
}

/// A signed number in a word.
const fn signed(value: i32) -> u64 {
    value as u32 as u64
}

fn words<const N: usize, const BYTES: usize>(words: [u64; N]) -> [u8; BYTES] {
    let mut out = [0; BYTES];
    for (to, word) in out.chunks_exact_mut(WORD).zip(words) {
        to.copy_from_slice(&word.to_ne_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn a_start_is_read_as_it_was_written() {
        let identity = Identity { uid: 65534, gid: 7, groups: vec![7, 9] };
        let start = Start {
            timeout_ns: 5,
            grace_ns: 6,
            identity: Some(&identity),
            args: vec![b"/bin/x", b"", b"\xff"],
            env: vec![b"A=b".to_vec()],
        };
        let bytes = start.encode().unwrap();
        let Received::Start(header) = decode(&bytes) else { panic!("not a start") };
        assert_eq!((header.timeout_ns, header.grace_ns, header.identity), (5, 6, Some((65534, 7))));
        assert_eq!((header.groups, header.args, header.env), (2, 3, 1));
        assert_eq!((group(&bytes, 0), group(&bytes, 1)), (Some(7), Some(9)));
        assert_eq!(&bytes[header.strings..], b"/bin/x\0\0\xff\0A=b\0");
    }

    #[test]
    fn what_is_too_large_is_not_written() {
        let big = vec![b'x'; MAX_START];
        let with =
            |args, env| Start { timeout_ns: 0, grace_ns: 0, identity: None, args, env }.encode().is_some();
        assert!(with(vec![b"/x"], vec![]));
        assert!(!with(vec![&big], vec![]));
        assert!(!with(vec![&b""[..]; MAX_STRINGS + 1], vec![]));
        assert!(!with(vec![b"/x"], vec![vec![]; MAX_STRINGS + 1]));
    }

    #[test]
    fn answers_and_orders_survive_the_way() {
        for answer in [
            Answer::Started { program: 4711, supervisor: 32 },
            Answer::Failed(Step::Execute, 13),
            Answer::Done { cause: Cause::NotHeld, status: 9, left_behind: 3 },
            Answer::Done { cause: Cause::ByItself, status: 0x100, left_behind: 0 },
        ] {
            assert_eq!(Answer::decode(&answer.encode()), Some(answer));
        }
        for order in [Order::Stop, Order::Hold(12_000_000_000)] {
            assert_eq!(decode(&order.encode()), Received::Order(order));
        }
        assert_eq!(decode(b"short"), Received::Unknown);
        assert_eq!(decode(&[0xff; 64]), Received::Unknown);
        assert_eq!(Answer::decode(&[0; 8]), None);
    }
}
