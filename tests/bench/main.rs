//! Figures that anyone can measure again: `make bench`. Each section prints what it did and a line a figure.

mod cells;
mod figures;
mod looks;
mod memory;
mod skew;
mod tap;
mod throughput;
mod windows;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let runs = |section: &str| wanted.is_empty() || wanted.iter().any(|name| name == section);
    if runs("cells") {
        cells::measure();
    }
    if runs("looks") {
        looks::measure();
    }
    if runs("memory") {
        memory::measure();
    }
    if runs("skew") {
        skew::measure();
    }
    if runs("tap") {
        tap::measure();
    }
    if runs("throughput") {
        throughput::measure();
    }
    if runs("windows") {
        windows::measure();
    }
}
