//! The conflict engine over arrays: columns are read where NumPy or Arrow has them, without a copy, and without holding
//! Python up.

use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyCapsule},
};
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
#[expect(unsafe_code, reason = "memory of another")]
unsafe impl Send for View {}
#[expect(unsafe_code, reason = "memory of another")]
unsafe impl Sync for View {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    I64,
    U32,
    I32,
    U8,
}

impl Kind {
    /// In bytes.
    const fn width(self) -> usize {
        match self {
            Self::I64 => 8,
            Self::U32 | Self::I32 => 4,
            Self::U8 => 1,
        }
    }
}

impl<'py> Column<'py> {
    /// Reads `array`, of NumPy or of Arrow: one dimension, without gaps, whole numbers or instants.
    pub(crate) fn of(name: &str, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        if array.hasattr("__arrow_c_array__")? {
            Self::of_arrow(name, array)
        } else {
            Self::of_numpy(name, array)
        }
    }

    /// By Arrow's C data interface, <https://arrow.apache.org/docs/format/CDataInterface.html>.
    #[expect(unsafe_code, reason = "memory of Arrow")]
    fn of_arrow(name: &str, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        let wrong = |why: &str| PyValueError::new_err(format!("{name}: {why}"));
        let owner = array.call_method0("__arrow_c_array__")?;
        let (schema, data): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) = owner.extract()?;
        let schema = schema.pointer_checked(Some(c"arrow_schema"))?.cast::<FFI_ArrowSchema>();
        let data = data.pointer_checked(Some(c"arrow_array"))?.cast::<FFI_ArrowArray>();
        // SAFETY: capsules of these names hold these structures, and live as long as `owner`, which is held.
        let (schema, data) = unsafe { (schema.as_ref(), data.as_ref()) };
        let (kind, times, by) = match schema.format() {
            "l" => (Kind::I64, 1, 1),
            "I" => (Kind::U32, 1, 1),
            "i" => (Kind::I32, 1, 1),
            "C" => (Kind::U8, 1, 1),
            // With a zone or without: the numbers are those of UTC.
            format if format.starts_with("tss:") => (Kind::I64, 1_000_000, 1),
            format if format.starts_with("tsm:") => (Kind::I64, 1000, 1),
            format if format.starts_with("tsu:") => (Kind::I64, 1, 1),
            format if format.starts_with("tsn:") => (Kind::I64, 1, 1000),
            other => {
                return Err(wrong(&format!(
                    "must hold int64, int32, uint32, uint8 or timestamps, not Arrow's {other:?}"
                )));
            }
        };
        let (len, offset) = (data.len(), data.offset());
        if len == 0 {
            return Ok(Self { _owner: owner, view: View { at: std::ptr::null(), len, kind, times, by } });
        }
        if data.num_buffers() != 2 {
            return Err(wrong("is no plain Arrow array"));
        }
        let valid = data.buffer(0);
        if !valid.is_null() && data.null_count() != 0 {
            // SAFETY: a bit for each value, behind as many as the offset says.
            let is_missing = |place: &usize| unsafe { valid.add((offset + place) / 8).read() } >> ((offset + place) % 8) & 1 == 0;
            if let Some(place) = (0..len).find(is_missing) {
                return Err(PyValueError::new_err(format!("{name}[{place}]: is missing")));
            }
        }
        // SAFETY: the values lie behind as many as the offset says.
        let at = unsafe { data.buffer(1).add(offset * kind.width()) };
        Ok(Self { _owner: owner, view: View { at, len, kind, times, by } })
    }

    /// By NumPy's array interface.
    fn of_numpy(name: &str, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        let wrong = |why: &str| PyValueError::new_err(format!("{name}: {why}"));
        let Ok(interface) = array.getattr("__array_interface__") else {
            return Err(wrong(if array.hasattr("__arrow_c_stream__")? {
                "must be one array, not a stream of them: combine_chunks() makes it one"
            } else {
                "must be an array of NumPy or Arrow"
            }));
        };
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
        if let Some(strides) = strides {
            let (stride,): (isize,) = strides.extract()?;
            if len > 1 && usize::try_from(stride) != Ok(kind.width()) {
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
    #[expect(unsafe_code, reason = "memory of another")]
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
