"""Starts the kernel `headwater` with jupyter_client and does what it is told: one JSON request a line in, one JSON answer a line out.

    kernel.py [tcp|ipc]

{"do": "execute", "code": …, "interrupt_after": seconds or absent, "once_shown": whether these count from the first output, "timeout": seconds, "request": fields of the request that are not as usual,
 "answers": what the user types when asked, in order; absent: the front end takes no input,
 "meanwhile": requests that are made as soon as the cell has shown something; their answers are its `meanwhile`}
{"do": "info"} {"do": "complete"|"inspect", "code": …, "cursor_pos": …} {"do": "is_complete", "code": …}   with how long it took, `millis`
{"do": "queue", "cells": […]}   sends them all at once: {"cells": [{"status", "kinds", "stdout"}, …], "late": what came after the last idle}
{"do": "slow", "code": …, "seconds": …}   runs a cell while a second subscriber reads nothing for so long: {"millis": of the cell, "stdout",
 "welcome", "read": what that one has seen in the end}
{"do": "welcome", "subscribers": […]}     subscribes to each topic: {"topics": what each was welcomed to}
{"do": "clients", "cells": [[…], […]]}    two clients run cells at once: {"values": [[…], […]], "overheard": how many of the other's each saw}
{"do": "comm", "target": …}               opens a comm: {"kinds": what was published, "closed": the id of the comm that was}
{"do": "noise", "count": …}               sends bad messages (see noise.py): {"sent": {kind: count}, "answered": […]}
{"do": "history", "request": …} {"do": "comm_info"}
{"do": "restart"}     answers when the new kernel is ready: {"seconds": …}
{"do": "family"}      the processes of the kernel: {"pids": […]}
{"do": "shutdown"}    answers when the kernel has ended: {"seconds": …}
"""

import contextlib
import json
import pathlib
import queue
import sys
import threading
import time

import jupyter_client.session
import noise
import zmq
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


class Subscriber:
    """A socket on iopub beside the client's own, with a memory of its own of which messages came before."""

    def __init__(self, client, topic=""):
        self.session = jupyter_client.session.Session(key=client.session.key)
        self.socket = zmq.Context.instance().socket(zmq.SUB)
        self.socket.linger, self.socket.rcvtimeo = 0, 20_000
        self.socket.connect(client._make_url("iopub"))
        self.socket.subscribe(topic)

    def read(self):
        _, frames = self.session.feed_identities(self.socket.recv_multipart())
        return self.session.deserialize(frames)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Session:
    def __init__(self):
        self.manager = KernelManager(kernel_name="headwater", transport=(sys.argv[1:] or ["tcp"])[0])
        started = time.monotonic()
        # What the kernel logs stays in the folder, where a test can read it.
        self.manager.start_kernel(stderr=open("kernel.log", "ab"))
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
        interrupted = []

        def stop():
            interrupted.append(time.monotonic())
            self.manager.interrupt_kernel()

        interrupt = threading.Timer(request.get("interrupt_after", 0), stop)
        if "interrupt_after" in request and not request.get("once_shown"):
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
                if interrupted:
                    answer["interrupt_millis"] = (time.monotonic() - interrupted[0]) * 1000
                break
            if kind in ("stream", "execute_result", "display_data", "error"):
                if "first_output" not in answer and request.get("once_shown"):
                    interrupt.start()
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

    def queue(self, codes):
        """Sends cells without waiting for any. Each with the kinds of what it published, in order, and what came after the last idle."""
        sent = [self.client.execute(code) for code in codes]
        cells = {message_id: {"kinds": [], "stdout": ""} for message_id in sent}
        idle, late = set(), []
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=120 if len(idle) < len(sent) else 0.5)
            except queue.Empty:
                break
            message_id, kind = message["parent_header"].get("msg_id"), message["msg_type"]
            if message_id not in cells:
                continue
            kind = message["content"]["execution_state"] if kind == "status" else kind
            if message_id in idle:
                late.append(kind)
            if kind == "idle":
                idle.add(message_id)
            if kind == "stream":
                cells[message_id]["stdout"] += message["content"]["text"]
            # A stream may come in any number of pieces.
            if cells[message_id]["kinds"][-1:] != [kind]:
                cells[message_id]["kinds"].append(kind)
        for _ in sent:
            reply = self.client.get_shell_msg(timeout=30)
            cells[reply["parent_header"]["msg_id"]]["status"] = reply["content"]["status"]
        return {"cells": [cells[message_id] for message_id in sent], "late": late}

    def slow(self, code, seconds):
        with Subscriber(self.client) as sleeper:
            welcome = sleeper.read()["msg_type"]
            ends = time.monotonic() + seconds
            cell = self.execute({"code": code})
            time.sleep(max(0.0, ends - time.monotonic()))
            text, last = [], welcome
            while last != "idle":
                message = sleeper.read()
                last = message["content"].get("execution_state", message["msg_type"])
                if message["msg_type"] == "stream":
                    text.append(message["content"]["text"])
            return {"millis": cell["millis"], "stdout": cell["stdout"], "welcome": welcome, "read": "".join(text)}

    def welcome(self, topics):
        with contextlib.ExitStack() as stack:
            subscribers = [stack.enter_context(Subscriber(self.client, topic)) for topic in topics]
            welcomes = [subscriber.read() for subscriber in subscribers]
        return {"topics": [one["content"]["subscription"] for one in welcomes if one["msg_type"] == "iopub_welcome"]}

    def clients(self, cells):
        """Two front ends on one kernel, as two tabs of a browser: each gets its own replies, and sees what the other does."""
        both = [self.manager.client() for _ in cells]
        for client in both:
            client.session.session = f"tab {both.index(client)}"
            client.start_channels()
            client.wait_for_ready(timeout=60)
        sent = [[], []]
        for codes in zip(*cells, strict=True):
            for client, code, ids in zip(both, codes, sent, strict=True):
                ids.append(client.execute(code))
        values, overheard = [], []
        for client, ids in zip(both, sent, strict=True):
            replies = [client.get_shell_msg(timeout=60) for _ in ids]
            assert [reply["parent_header"]["msg_id"] for reply in replies] == ids, "a reply that is somebody else's"
            results, other, busy = {}, set(), set(sum(sent, []))
            while busy:
                message = client.get_iopub_msg(timeout=20)
                parent = message["parent_header"].get("msg_id")
                if message["content"].get("execution_state") == "idle":
                    busy.discard(parent)
                if message["msg_type"] == "execute_input" and parent not in ids:
                    other.add(parent)
                if message["msg_type"] == "execute_result" and parent in ids:
                    results[parent] = message["content"]["data"]["text/plain"]
            values.append([results.get(one) for one in ids])
            overheard.append(len(other))
        for client in both:
            client.stop_channels()
        return {"values": values, "overheard": overheard}

    def comm(self, target):
        message = self.client.session.msg("comm_open", {"comm_id": "c1", "target_name": target, "data": {}})
        self.client.shell_channel.send(message)
        kinds, closed = [], None
        while "idle" not in kinds:
            seen = self.client.get_iopub_msg(timeout=20)
            if seen["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            kinds.append(seen["content"].get("execution_state", seen["msg_type"]))
            if seen["msg_type"] == "comm_close":
                closed = seen["content"]["comm_id"]
        return {"kinds": kinds, "closed": closed}

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
            case "queue":
                return self.queue(request["cells"])
            case "slow":
                return self.slow(request["code"], request["seconds"])
            case "welcome":
                return self.welcome(request["subscribers"])
            case "clients":
                return self.clients(request["cells"])
            case "comm":
                return self.comm(request["target"])
            case "noise":
                return noise.make(self.client, request["count"])
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
