//! The kernel that adds up the errors of rows: one workgroup per model and block of places, by halves, so that the
//! order of the additions is always the same.

use super::text::Text;

/// Places of a block.
pub(crate) const BLOCK: usize = 128;

/// Writes the kernel. With an order for each model, a place is a row that the order names; else place and row are the same.
pub(crate) fn totals(ordered: bool) -> String {
    let mut text = Text::default();
    text.line("// Places and rows of each model, the first model, and the blocks of each model.");
    text.line("struct Span { places: u32, rows: u32, first: u32, blocks: u32 }");
    text.line("@group(0) @binding(0) var<uniform> span: Span;");
    text.line("@group(0) @binding(1) var<storage, read> errors: array<f32>;");
    text.line("@group(0) @binding(2) var<storage, read_write> sums: array<f32>;");
    if ordered {
        text.line("@group(0) @binding(3) var<storage, read> order: array<u32>;");
    }
    text.line(format!("var<workgroup> part: array<f32, {BLOCK}>;"));
    text.blank();
    text.line("@compute");
    text.line(format!("@workgroup_size({BLOCK})"));
    text.line("fn add(");
    text.line("  @builtin(workgroup_id) group: vec3<u32>,");
    text.line("  @builtin(local_invocation_index) lane: u32,");
    text.open(")");
    text.line(format!("let place = group.x * {BLOCK}u + lane;"));
    text.line("let model = span.first + group.y;");
    text.line("part[lane] = 0.0;");
    text.open("if place < span.places");
    let row = if ordered { "order[model * span.places + place]" } else { "place" };
    text.line(format!("part[lane] = errors[group.y * span.rows + {row}];"));
    text.close();
    text.line("workgroupBarrier();");
    text.open(format!("for (var half = {}u; half > 0u; half /= 2u)", BLOCK / 2));
    text.open("if lane < half");
    text.line("part[lane] += part[lane + half];");
    text.close();
    text.line("workgroupBarrier();");
    text.close();
    text.open("if lane == 0u");
    text.line("sums[model * span.blocks + group.x] = part[0];");
    text.close();
    text.close();
    text.finish()
}
