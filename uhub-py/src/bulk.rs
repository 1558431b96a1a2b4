//! The conflict engine over arrays: columns are read where NumPy has them, without a copy, and without holding Python up.

use pyo3::{exceptions::PyValueError, prelude::*, types::PyBytes};
use uhub_core::conflict::{self, Slot, Span};

/// A column of numbers in another's memory, which lives as long as its owner is held.
pub(crate) struct Column<'py> {
    _owner: Bound<'py, PyAny>,
    view: View,
}

/// Numbers of one width, side by side.
#[derive(Clone, Copy)]
struct View {
    at: *const u8,
    len: usize,
    kind: Kind,
    /// Microseconds, or the number itself, by so much.
    times: i64,
    /// And divided by so much.
    by: i64,
}

// SAFETY: it is only read, and its owner outlives it. Whoever writes into an array that is being read gets numbers of
// either state, as with NumPy's own functions.
#[expect(unsafe_code, reason = "memory of NumPy")]
unsafe impl Send for View {}
#[expect(unsafe_code, reason = "memory of NumPy")]
unsafe impl Sync for View {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    I64,
    U32,
    I32,
    U8,
}

impl<'py> Column<'py> {
    /// Reads the array interface of `array`: one dimension, without gaps, whole numbers or `datetime64`.
    pub(crate) fn of(name: &str, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        let wrong = |why: &str| PyValueError::new_err(format!("{name}: {why}"));
        let interface = array.getattr("__array_interface__").map_err(|_| wrong("must be a NumPy array"))?;
        let (len,): (usize,) =
            interface.get_item("shape")?.extract().map_err(|_| wrong("must have one dimension"))?;
        let (address, _read_only): (usize, bool) = interface.get_item("data")?.extract()?;
        let typestr: String = interface.get_item("typestr")?.extract()?;
        let strides = interface.get_item("strides").ok().filter(|strides| !strides.is_none());
        let (kind, times, by) = match typestr.as_str() {
            "<i8" | "<M8[us]" => (Kind::I64, 1, 1),
            "<M8[ns]" => (Kind::I64, 1, 1000),
            "<M8[ms]" => (Kind::I64, 1000, 1),
            "<M8[s]" => (Kind::I64, 1_000_000, 1),
            "<u4" => (Kind::U32, 1, 1),
            "<i4" => (Kind::I32, 1, 1),
            "|u1" | "|b1" => (Kind::U8, 1, 1),
            _ => {
                return Err(wrong(&format!(
                    "must hold int64, int32, uint32, uint8 or datetime64[s|ms|us|ns], not {typestr}"
                )));
            }
        };
        let width = match kind {
            Kind::I64 => 8,
            Kind::U32 | Kind::I32 => 4,
            Kind::U8 => 1,
        };
        if let Some(strides) = strides {
            let (stride,): (isize,) = strides.extract()?;
            if len > 1 && stride != width {
                return Err(wrong("must lie in memory without gaps: numpy.ascontiguousarray makes it so"));
            }
        }
        let view = View { at: std::ptr::with_exposed_provenance(address), len, kind, times, by };
        Ok(Self { _owner: array.clone(), view })
    }

    pub(crate) const fn len(&self) -> usize {
        self.view.len
    }

    pub(crate) const fn reader(&self) -> impl Fn(usize) -> i64 + Send + Sync + Copy + use<> {
        let view = self.view;
        move |place| view.get(place)
    }
}

impl View {
    /// The number at `place`, in microseconds where it is a time; 0 behind the end.
    #[expect(unsafe_code, reason = "memory of NumPy")]
    fn get(self, place: usize) -> i64 {
        if place >= self.len {
            return 0;
        }
        // SAFETY: within the array, whose owner is held; unaligned reads, since NumPy does not promise alignment.
        let raw = unsafe {
            match self.kind {
                Kind::I64 => self.at.cast::<i64>().add(place).read_unaligned(),
                Kind::U32 => i64::from(self.at.cast::<u32>().add(place).read_unaligned()),
                Kind::I32 => i64::from(self.at.cast::<i32>().add(place).read_unaligned()),
                Kind::U8 => i64::from(self.at.add(place).read()),
            }
        };
        raw.saturating_mul(self.times).div_euclid(self.by)
    }
}

fn same_length(name: &str, column: &Column<'_>, length: usize) -> PyResult<()> {
    if column.len() == length {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("{name}: has {} values, start has {length}", column.len())))
}

/// The slots of the columns.
fn slots(
    py: Python<'_>,
    start: &Bound<'_, PyAny>,
    end: &Bound<'_, PyAny>,
    pool: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<Slot>> {
    let (start, end) = (Column::of("start", start)?, Column::of("end", end)?);
    same_length("end", &end, start.len())?;
    let pool = pool.map(|pool| Column::of("pool", pool)).transpose()?;
    if let Some(pool) = &pool {
        same_length("pool", pool, start.len())?;
    }
    let (count, start, end) = (start.len(), start.reader(), end.reader());
    let pool = pool.as_ref().map(Column::reader);
    let slots: Result<Vec<Slot>, String> = py.detach(|| {
        (0..count)
            .map(|place| {
                let span = Span::new(start(place), end(place)).ok_or_else(|| {
                    format!("end[{place}]: must come after start[{place}], both in reach of a calendar")
                })?;
                let pool = pool.map_or(Ok(0), |pool| u32::try_from(pool(place)));
                Ok(Slot {
                    pool: pool.map_err(|_| format!("pool[{place}]: must be a number from 0 to 2**32 - 1"))?,
                    span,
                })
            })
            .collect()
    });
    slots.map_err(PyValueError::new_err)
}

/// For each slot, a byte: 1 where it overlaps another one of its pool (DOMAIN §6).
#[pyfunction]
#[pyo3(signature = (start, end, pool=None))]
pub(crate) fn conflict_flags<'py>(
    py: Python<'py>,
    start: &Bound<'py, PyAny>,
    end: &Bound<'py, PyAny>,
    pool: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let slots = slots(py, start, end, pool)?;
    let flags: Vec<u8> = py.detach(|| conflict::flags(&slots).into_iter().map(u8::from).collect());
    Ok(PyBytes::new(py, &flags))
}

/// All pairs of slots that overlap in one pool: positions, as int64 in the machine's order, two by two.
#[pyfunction]
#[pyo3(signature = (start, end, pool=None))]
pub(crate) fn conflict_pairs<'py>(
    py: Python<'py>,
    start: &Bound<'py, PyAny>,
    end: &Bound<'py, PyAny>,
    pool: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let slots = slots(py, start, end, pool)?;
    let bytes: Vec<u8> = py.detach(|| {
        let pairs = conflict::pairs(&slots);
        pairs.into_iter().flat_map(|(a, b)| [a, b]).flat_map(|place| (place as i64).to_ne_bytes()).collect()
    });
    Ok(PyBytes::new(py, &bytes))
}

fn span(name: &str, (start, end): (i64, i64)) -> PyResult<Span> {
    Span::new(start, end)
        .ok_or_else(|| PyValueError::new_err(format!("{name}: its end must come after its start")))
}

fn spans(name: &str, all: Vec<(i64, i64)>) -> PyResult<Vec<Span>> {
    all.into_iter().enumerate().map(|(place, one)| span(&format!("{name}[{place}]"), one)).collect()
}

/// The nearest free places of the same length: `(start, end, shift)` in microseconds, nearest first.
#[pyfunction]
#[pyo3(signature = (current, busy, bounds, windows=None, limit=5))]
pub(crate) fn suggest(
    py: Python<'_>,
    current: (i64, i64),
    busy: Vec<(i64, i64)>,
    bounds: (i64, i64),
    windows: Option<Vec<(i64, i64)>>,
    limit: usize,
) -> PyResult<Vec<(i64, i64, i64)>> {
    let (current, bounds) = (span("slot", current)?, span("within", bounds)?);
    let busy = spans("busy", busy)?;
    let windows = windows.map(|windows| spans("windows", windows)).transpose()?;
    let found = py.detach(|| conflict::suggest(current, busy, bounds, windows.as_deref(), limit));
    Ok(found.into_iter().map(|one| (one.slot.start(), one.slot.end(), one.shift)).collect())
}

/// What [`resolve`] gives: moves as `(position, start, end)`, the sum of all shifts, and the positions without a place.
type Resolved = (Vec<(usize, i64, i64)>, u128, Vec<usize>);

/// The moves that free every conflict of one pool with the least total shift.
#[pyfunction]
pub(crate) fn resolve(
    py: Python<'_>,
    movable: Vec<(i64, i64)>,
    fixed: Vec<(i64, i64)>,
    bounds: (i64, i64),
) -> PyResult<Resolved> {
    let movable: Vec<(usize, Span)> = spans("slots", movable)?.into_iter().enumerate().collect();
    let (fixed, bounds) = (spans("fixed", fixed)?, span("within", bounds)?);
    let resolution = py.detach(|| conflict::resolve(&movable, fixed, bounds));
    let moves = resolution.moves.into_iter().map(|one| (one.id, one.to.start(), one.to.end())).collect();
    Ok((moves, resolution.total_shift, resolution.unresolved))
}
