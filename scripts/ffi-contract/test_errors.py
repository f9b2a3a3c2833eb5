"""Errors stay errors, typed, on either side."""

import unittest

import zpns_ffi
from ports import Memory, Recorder, start

UUID = "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8"


def refusing(error):
    """A platform that raises this when it is to report a call."""

    def fail(port, value):
        if port == "call" and value.is_REPORT_INCOMING():
            raise error

    return Recorder(fail)


def report(platform):
    """The error with which a report by JavaScript settles."""
    client = start(platform)
    client.invoke(1, "reportIncomingCall", '{"uuid": "%s", "update": {}}' % UUID)
    return platform.answer(1)["error"]


class Errors(unittest.TestCase):
    def test_a_port_error_is_quoted(self):
        domain = "com.apple.CallKit.error.incomingcall"
        error = report(refusing(zpns_ffi.PortError.Refused(domain=domain, code=3, message="filtered")))
        self.assertEqual((error["domain"], error["code"]), (domain, "3"))

    def test_a_port_error_without_a_code_is_one_of_the_system(self):
        error = report(refusing(zpns_ffi.PortError.Refused(domain=None, code=None, message="no CallKit")))
        self.assertEqual((error["domain"], error["code"]), ("zpns", "6009013"))

    def test_any_other_exception_in_a_port_is_a_failure_and_its_text_stays_inside(self):
        platform = refusing(ValueError("a-secret"))
        error = report(platform)
        self.assertEqual((error["domain"], error["code"]), ("zpns", "6009013"))
        self.assertNotIn("a-secret", str(error) + str(platform.asked("log")))

    def test_ports_that_always_raise_are_survived(self):
        def fail(*_):
            raise RuntimeError

        client = start(Recorder(fail), Memory(fail))
        client.voip_push(b'{"call_id": "call-42"}', True)
        client.invoke(1, "registerPush", "{}")
        client.listen("registered")
        client.storage_readable()
        client.shutdown()

    def test_storage_that_raises_counts_as_unreadable_until_it_can_be_read(self):
        locked = True

        def fail(_):
            if locked:
                raise zpns_ffi.PortError.Refused(domain=None, code=None, message="locked")

        platform = Recorder()
        client = start(platform, Memory(fail))
        client.voip_push(b"{}", True)
        self.assertEqual(len(platform.reports()), 1)
        locked = False
        client.storage_readable()

    def test_a_malformed_uuid_is_a_typed_error(self):
        client = start()
        for text in ("", "nonsense", UUID + "0"):
            with self.assertRaises(zpns_ffi.ClientError.InvalidUuid):
                client.system(zpns_ffi.SystemEvent.ACTION_TIMED_OUT(action=text))

    def test_after_the_end_every_call_is_a_typed_error(self):
        client = start()
        client.shutdown()
        for call in (
            lambda: client.voip_push(b"{}", True),
            lambda: client.system(zpns_ffi.SystemEvent.AWAKE()),
            lambda: client.invoke(1, "getVersion", "{}"),
        ):
            with self.assertRaises(zpns_ffi.ClientError.ShutDown):
                call()
        client.shutdown()

    def test_a_panic_is_an_error_and_the_library_goes_on(self):
        with self.assertRaises(zpns_ffi.InternalError) as raised:
            zpns_ffi.panic_on_purpose()
        self.assertIn("on purpose", str(raised.exception))
        self.assertEqual(zpns_ffi.call_uuid("call-42"), UUID)

    def test_unknown_methods_and_bad_parameters_are_answered(self):
        platform = Recorder()
        client = start(platform)
        client.invoke(1, "nonsense", "{}")
        client.invoke(2, "callUUID", "not JSON")
        self.assertEqual(platform.answer(1)["error"]["code"], "6009002")
        self.assertEqual(platform.answer(2)["error"]["code"], "6009001")


class Codes(unittest.TestCase):
    def test_codes_have_one_name_and_one_number_each(self):
        codes = zpns_ffi.error_codes()
        self.assertEqual(len({code.name for code in codes}), len(codes))
        self.assertEqual(len({code.number for code in codes}), len(codes))
        self.assertEqual({code.name: code.number for code in codes}["InvalidArgument"], 6009001)

    def test_the_version_is_what_javascript_gets(self):
        platform = Recorder()
        start(platform).invoke(1, "getVersion", "{}")
        self.assertEqual(platform.answer(1), {"ok": zpns_ffi.version()})

    def test_a_call_id_has_its_uuid(self):
        self.assertEqual(zpns_ffi.call_uuid("通话-1"), "CFEF30A4-EF00-5D2F-B0E8-E228E1B97FBA")
        self.assertEqual(zpns_ffi.call_uuid("1f0e9b52-5f1a-4c0e-9c55-3b1f3f6f2a10"), "1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10")
