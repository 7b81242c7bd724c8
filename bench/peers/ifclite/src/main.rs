//! ifc-lite as a GLB converter: `peer IN.ifc OUT.glb`, the engine's own defaults.
use ifc_lite_export::{try_export_glb, GltfOptions};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let ifc = std::fs::read(&args[1]).expect("cannot read the IFC file");
    let glb = try_export_glb(&ifc, &GltfOptions::default()).expect("ifc-lite failed");
    std::fs::write(&args[2], glb).expect("cannot write the GLB");
}
