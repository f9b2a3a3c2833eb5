"""Ports that remember what they were asked, as Swift's would be."""

import json
import threading

import zpns_ffi

PATIENCE = 20


class Recorder(zpns_ffi.Platform):
    """Remembers what it was asked, and on which thread. `fail(port, value)` may raise."""

    def __init__(self, fail=lambda port, value: None):
        self._asked = []
        self._more = threading.Condition()
        self._fail = fail

    def _ask(self, port, value):
        with self._more:
            self._asked.append((threading.current_thread(), port, value))
            self._more.notify_all()
        self._fail(port, value)

    def call(self, request):
        self._ask("call", request)

    def push(self, request):
        self._ask("push", request)

    def emit(self, event):
        self._ask("emit", event)

    def complete(self, invocation, answer):
        self._ask("complete", (invocation, json.loads(answer)))

    def log(self, entry):
        self._ask("log", entry)

    def asked(self, port, thread=None):
        """What this port was asked, on this thread or on any."""
        with self._more:
            return [value for on, of, value in self._asked if of == port and thread in (None, on)]

    def reports(self, thread=None):
        """The calls reported as incoming."""
        return [request for request in self.asked("call", thread) if request.is_REPORT_INCOMING()]

    def answer(self, invocation):
        """The answer to an invocation, waiting for it."""

        def found():
            return next((answer for on, of, value in self._asked if of == "complete" for id, answer in [value] if id == invocation), None)

        with self._more:
            if not self._more.wait_for(lambda: found() is not None, PATIENCE):
                raise AssertionError(f"invocation {invocation} was not answered")
            return found()


class Memory(zpns_ffi.Storage):
    """Storage in memory. `fail(port)` may raise."""

    def __init__(self, fail=lambda port: None):
        self.bytes = None
        self._fail = fail

    def load(self):
        self._fail("load")
        return self.bytes

    def save(self, bytes):
        self._fail("save")
        self.bytes = bytes


def facts():
    """An app on an iPhone."""
    return zpns_ffi.AppFacts(
        bundle_id="com.example.app",
        app_name="Example",
        app_version="1.0 (1)",
        system_version="26.4",
        locale="zh-Hans-CN",
        simulator=False,
        provisioning_profile=None,
        background_modes=["voip"],
        voip_at_launch=False,
        call_kit_disabled=False,
    )


def start(platform=None, storage=None):
    """A client on these ports."""
    return zpns_ffi.Client.start(facts(), platform or Recorder(), storage or Memory())
