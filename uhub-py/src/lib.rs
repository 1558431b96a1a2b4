//! uHub for Python: the module `uhub._uhub`, wrapped by the package `uhub`. The rules are the core's, a hub is spoken to by
//! the requests and answers of the HTTP API, within the process.

mod backend;
mod bulk;
mod hub;
mod rules;
mod runtime;
mod secrets;
mod words;

use pyo3::prelude::*;

/// The module's contents.
#[pymodule]
fn _uhub(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(rules::decide, module)?)?;
    module.add_function(wrap_pyfunction!(rules::decide_many, module)?)?;
    module.add_function(wrap_pyfunction!(rules::words_of, module)?)?;
    module.add_function(wrap_pyfunction!(rules::next_job_status, module)?)?;
    module.add_function(wrap_pyfunction!(rules::next_run_status, module)?)?;
    module.add_function(wrap_pyfunction!(bulk::conflict_flags, module)?)?;
    module.add_function(wrap_pyfunction!(bulk::conflict_pairs, module)?)?;
    module.add_function(wrap_pyfunction!(bulk::suggest, module)?)?;
    module.add_function(wrap_pyfunction!(bulk::resolve, module)?)?;
    module.add_function(wrap_pyfunction!(hub::main, module)?)?;
    module.add_class::<hub::Core>()?;
    module.add_class::<hub::Body>()?;
    module.add_class::<hub::Background>()?;
    module.add_class::<backend::Emitter>()
}
