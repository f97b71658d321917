"""Packs the three programs and the kernelspec into the wheel. They are compiled by cargo, or taken from the folder that
HEADWATER_PROGRAMS names (from the root of the repository).

maturin packs the binaries of one package, and builds it alone, which chooses other features of polars and compiles it again for a
quarter of an hour. Three binaries of three packages, built as the workspace builds them, are a few lines here.
"""

import json
import os
import pathlib
import subprocess
import sysconfig
import tempfile

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ["headwater", "headwater-kernel", "headwater-runtime"]
LOGOS = ROOT / "kernel/server/src/kernelspec/logo"
KERNELSPEC = {
    # From share/jupyter/kernels/headwater to bin, wherever the environment is and whether it is active or not.
    "argv": ["{resource_dir}/../../../../bin/headwater-kernel", "run", "--connection-file", "{connection_file}"],
    "display_name": "Headwater",
    "language": "rust",
    "interrupt_mode": "message",
    "kernel_protocol_version": "5.5",
    "metadata": {"debugger": False},
}


def programs():
    """The folder with the programs."""
    if given := os.environ.get("HEADWATER_PROGRAMS"):
        return (ROOT / given).resolve()
    subprocess.run(
        ["cargo", "build", "--release", "--workspace", "--exclude", "headwater-tests", "--locked"], cwd=ROOT, check=True
    )
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"


class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable":
            raise RuntimeError("there is nothing to edit in this package: use `cargo build` and `headwater-kernel install`")
        folder = programs()
        missing = [name for name in PROGRAMS if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(f"no {', '.join(missing)} in {folder}: `cargo build --workspace` makes them")
        self.aside = tempfile.TemporaryDirectory()
        spec = pathlib.Path(self.aside.name) / "kernel.json"
        spec.write_text(json.dumps(KERNELSPEC, indent=2) + "\n")
        place = "share/jupyter/kernels/headwater"
        # Of this machine's system and processor, and of no version of Python.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
        build_data["shared_scripts"] = {str(folder / name): name for name in PROGRAMS}
        build_data["shared_data"] = {str(spec): f"{place}/kernel.json"}
        build_data["shared_data"] |= {str(logo): f"{place}/{logo.name}" for logo in sorted(LOGOS.iterdir())}

    def finalize(self, version, build_data, artifact_path):
        self.aside.cleanup()
