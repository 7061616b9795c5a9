//! `oddbench devices`: which backends this build contains and which can be used here.

use oddbench_models::Backend;
use oddbench_models::device::{Device, DeviceError, Hardware};
use serde_json::{Value, json};

use crate::error::{CliError, Status};
use crate::table::table;
use crate::terminal::Terminal;

/// Asks for each backend's device and prints what answers.
pub fn run(terminal: &Terminal) -> Result<Status, CliError> {
    let head = ["backend", "compiled in", "here", "device", "driver", "memory"];
    let mut view = table(terminal, &head, &[5]);
    let mut found = Vec::new();
    for backend in Backend::ALL {
        let opened = backend.open();
        view.add_row(row(backend, &opened));
        found.push(entry(backend, &opened));
    }
    terminal.result(&view.to_string());
    if Backend::Wgpu.has_kernels_alone() {
        terminal.note(KERNELS_ALONE);
    }
    terminal.json(|| json!({ "devices": found }));
    Ok(Status::Done)
}

/// What a build with the feature `kernels` leaves out.
pub const KERNELS_ALONE: &str = "kernels alone: networks train by the fused kernels and are scored by the processor; a \
                                 network that does not fit the kernels needs a build with --features wgpu";

fn row(backend: Backend, opened: &Result<Device, DeviceError>) -> [String; 6] {
    let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let compiled_in = match backend.has_kernels_alone() {
        true => "kernels alone".to_owned(),
        false => word(backend.compiled_in()),
    };
    let (name, here) = (backend.name().to_owned(), word(opened.is_ok()));
    let (device, driver, memory) = match opened {
        Ok(device) => {
            let software = match device.hardware() {
                Hardware::SoftwareRenderer => ", a software renderer, not a GPU",
                Hardware::Processor | Hardware::Gpu => "",
            };
            let memory = device.memory_mb().map(|mb| format!("{:.1} GiB", mb as f64 / 1024.0));
            (
                format!("{}{software}", device.name()),
                device.driver().unwrap_or_default().to_owned(),
                memory.unwrap_or_else(|| "unknown".into()),
            )
        }
        Err(error) => (format!("{}; {}", error.reason, error.remedy), String::new(), String::new()),
    };
    [name, compiled_in, here, device, driver, memory]
}

fn entry(backend: Backend, opened: &Result<Device, DeviceError>) -> Value {
    let mut entry = json!({
        "backend": backend.name(),
        "compiled_in": backend.compiled_in(),
        "kernels_alone": backend.has_kernels_alone(),
        "available": opened.is_ok(),
    });
    let more = match opened {
        Ok(device) => json!({
            "device": device.describe(),
            "name": device.name(),
            "hardware": device.hardware(),
            "driver": device.driver(),
            "memory_mb": device.memory_mb(),
        }),
        Err(error) => json!({ "reason": error.reason, "remedy": error.remedy }),
    };
    if let (Some(entry), Value::Object(more)) = (entry.as_object_mut(), more) {
        entry.extend(more);
    }
    entry
}
