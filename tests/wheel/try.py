"""Runs cells in the kernel that the wheel has installed. Takes the folder of the environment."""

import json
import pathlib
import sys
import time

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

environment = pathlib.Path(sys.argv[1])
spec = KernelSpecManager().get_kernel_spec("headwater")
assert pathlib.Path(spec.resource_dir).is_relative_to(environment), spec.resource_dir
logos = {path.name for path in pathlib.Path(spec.resource_dir).iterdir()}
assert logos == {"kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}, logos

rows = environment / "orders.json"
rows.write_text("".join(json.dumps({"city": f"c{row % 3}", "amount": row}) + "\n" for row in range(300)))
manager = KernelManager(kernel_name="headwater")
begun = time.monotonic()
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
ready = time.monotonic() - begun


def run(code):
    texts = []

    def keep(message):
        content = message["content"]
        texts.append(content.get("text", "") + content.get("data", {}).get("text/plain", ""))

    reply = client.execute_interactive(code, timeout=120, output_hook=keep)["content"]
    assert reply["status"] == "ok", reply
    return "\n".join(texts)


try:
    assert run("1 + 1").strip() == "2"
    first = time.monotonic() - begun
    shown = run(f'let orders = files("{rows}").json();\norders.filter(col("amount").gt(297))')
    assert "298" in shown and "c2" in shown, shown
finally:
    client.stop_channels()
    manager.shutdown_kernel()
print(f"kernel info after {ready:.2f} s, first result after {first:.2f} s, and a look at {rows.name}")
