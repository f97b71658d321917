"""Starts the kernel `headwater` with jupyter_client and does what it is told: one JSON request a line in, one JSON answer a line out.

{"do": "execute", "code": …, "interrupt_after": seconds or absent, "timeout": seconds, "request": fields of the request that are not as usual,
 "answers": what the user types when asked, in order; absent: the front end takes no input,
 "meanwhile": requests that are made as soon as the cell has shown something; their answers are its `meanwhile`}
{"do": "info"} {"do": "complete"|"inspect", "code": …, "cursor_pos": …} {"do": "is_complete", "code": …}   with how long it took, `millis`
{"do": "history", "request": …} {"do": "comm_info"}
{"do": "restart"}     answers when the new kernel is ready: {"seconds": …}
{"do": "family"}      the processes of the kernel: {"pids": […]}
{"do": "shutdown"}    answers when the kernel has ended: {"seconds": …}
"""

import json
import pathlib
import queue
import sys
import threading
import time

from jupyter_client import KernelManager


def family(pid):
    """The process and all that descend from it, as /proc has them."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(") ")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, todo = [], [pid]
    while todo:
        found.append(one := todo.pop())
        todo += children.get(one, [])
    return found


class Session:
    def __init__(self):
        self.manager = KernelManager(kernel_name="headwater")
        started = time.monotonic()
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.ready_after = time.monotonic() - started
        # Replies that came while another one was waited for.
        self.early = {}

    def execute(self, request):
        """Runs a cell; collects what it publishes until it is idle."""
        began = time.monotonic()
        limit = began + request.get("timeout", 120)
        answers = request.get("answers")
        message_id = self.client.execute(request["code"], allow_stdin=answers is not None, **request.get("request", {}))
        interrupt = threading.Timer(request.get("interrupt_after", 0), self.manager.interrupt_kernel)
        if "interrupt_after" in request:
            interrupt.start()
        answer = {"stdout": [], "stderr": [], "outputs": [], "questions": []}
        while True:
            if answers and self.client.stdin_channel.msg_ready():
                answer["questions"].append(self.client.get_stdin_msg()["content"])
                self.client.input(answers.pop(0))
            try:
                message = self.client.get_iopub_msg(timeout=0.05 if answers else max(0.1, limit - time.monotonic()))
            except queue.Empty:
                if time.monotonic() > limit:
                    raise
                continue
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            if kind in ("stream", "execute_result", "display_data", "error"):
                answer.setdefault("first_output", (time.monotonic() - began) * 1000)
                while request.get("meanwhile"):
                    answer.setdefault("meanwhile", []).append(self.answer(request["meanwhile"].pop(0)))
            if kind == "stream":
                answer[content["name"]].append(content["text"])
            elif kind in ("execute_result", "display_data", "update_display_data"):
                answer["outputs"].append({"type": kind, **content})
            elif kind == "clear_output":
                answer["outputs"].append({"type": kind, **content})
            elif kind == "error":
                answer.setdefault("errors", []).append(content)
        reply = self.early.pop(message_id, None) or self.client.get_shell_msg(timeout=30)
        while reply["parent_header"].get("msg_id") != message_id:
            reply = self.client.get_shell_msg(timeout=30)
        answer["millis"] = (time.monotonic() - began) * 1000
        answer.update(stdout="".join(answer["stdout"]), stderr="".join(answer["stderr"]))
        for key in ("status", "ename", "evalue", "traceback", "execution_count", "user_expressions"):
            if key in reply["content"]:
                answer[key] = reply["content"][key]
        return answer

    def shell(self, method, **arguments):
        began = time.monotonic()
        message_id = getattr(self.client, method)(**arguments)
        reply = self.client.get_shell_msg(timeout=60)
        while reply["parent_header"].get("msg_id") != message_id:
            self.early[reply["parent_header"].get("msg_id")] = reply
            reply = self.client.get_shell_msg(timeout=60)
        return {**reply["content"], "millis": (time.monotonic() - began) * 1000}

    def pid(self):
        return self.manager.provisioner.pid

    def restart(self):
        began = time.monotonic()
        self.manager.restart_kernel()
        self.client.wait_for_ready(timeout=60)
        return {"seconds": time.monotonic() - began}

    def shutdown(self):
        began = time.monotonic()
        if self.manager.has_kernel:
            self.client.stop_channels()
            self.manager.shutdown_kernel()
        return {"seconds": time.monotonic() - began}

    def answer(self, request):
        match request["do"]:
            case "execute":
                return self.execute(request)
            case "info":
                return self.shell("kernel_info")
            case "complete" | "inspect":
                return self.shell(request["do"], code=request["code"], cursor_pos=request.get("cursor_pos"))
            case "is_complete":
                return self.shell("is_complete", code=request["code"])
            case "history":
                return self.shell("history", **request["request"])
            case "comm_info":
                return self.shell("comm_info")
            case "restart":
                return self.restart()
            case "family":
                return {"pids": family(self.pid())}
            case "shutdown":
                return self.shutdown()


def main():
    session = Session()
    print(json.dumps({"seconds": session.ready_after}), flush=True)
    try:
        for line in sys.stdin:
            try:
                answer = session.answer(json.loads(line))
            except queue.Empty:
                answer = {"failed": "the kernel did not answer in time"}
            print(json.dumps(answer), flush=True)
    finally:
        session.shutdown()


main()
