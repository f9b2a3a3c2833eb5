"""Pushes and ports: who is called, when, on which thread."""

import json
import random
import threading
import unittest

import zpns_ffi
from ports import Recorder, start


def push_for(call_id):
    return json.dumps({"aps": {"alert": {"title": "安"}}, "call_id": call_id}).encode()


class Calls(unittest.TestCase):
    def test_a_push_is_reported_on_this_thread_before_the_call_returns(self):
        platform = Recorder()
        start(platform).voip_push(push_for("call-42"), True)
        [report] = platform.reports(threading.current_thread())
        self.assertEqual(report.uuid, "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8")
        self.assertEqual(report.update.localized_caller_name or report.update.remote_handle.value, "安")

    def test_pushes_on_many_threads_are_each_reported_on_their_own(self):
        platform = Recorder()
        client = start(platform)
        wrong = []

        def ring(thread):
            for call in range(1, 11):
                client.voip_push(push_for(f"{thread}-{call}"), True)
                reported = len(platform.reports(threading.current_thread()))
                if reported != call:
                    wrong.append((thread, call, reported))

        threads = [threading.Thread(target=ring, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertEqual(len(platform.reports()), 60)

    def test_garbage_never_raises_and_is_always_reported(self):
        chance = random.Random(42)
        payloads = [b"", b"\0", b"null", b"[]", b'"', b"{", b'{"zego":[]}', b'{"aps":{"alert":1}}', b"\xff" * 6000, b"[" * 10000]
        payloads += [chance.randbytes(chance.randrange(200)) for _ in range(200)]
        text = push_for("call-42")
        payloads += [text[: chance.randrange(len(text))] + chance.randbytes(3) for _ in range(100)]
        platform = Recorder()
        client = start(platform)
        for count, payload in enumerate(payloads, start=1):
            client.voip_push(payload, True)
            self.assertEqual(len(platform.reports()), count, payload)

    def test_a_port_may_call_back(self):
        order = []

        def call_back(port, value):
            if port == "call" and value.is_REPORT_INCOMING():
                order.append("report begins")
                client.system(zpns_ffi.SystemEvent.REPORT_COMPLETED(id=value.id, uuid=value.uuid, error=None))
                client.invoke(1, "getVersion", "{}")
                order.append("report ends")
            elif port == "complete":
                order.append("answer")

        client = start(Recorder(call_back))
        client.voip_push(push_for("call-42"), True)
        self.assertEqual(order, ["report begins", "report ends", "answer"])

    def test_an_event_waits_for_its_listener(self):
        platform = Recorder()
        client = start(platform)
        client.voip_push(push_for("call-42"), True)
        self.assertEqual(platform.asked("emit"), [])
        client.listen("didReceiveIncomingPush")
        [event] = platform.asked("emit")
        self.assertTrue(event.flushed)
        self.assertEqual(json.loads(event.body)["uuid"], "F918FA96-D863-5F2C-9BA5-A60EA3CF90A8")

    def test_every_system_event_crosses(self):
        event, error = zpns_ffi.SystemEvent, zpns_ffi.SystemError(domain="d", code=-1, message="m")
        handle = zpns_ffi.Handle(kind=zpns_ffi.HandleType.PHONE_NUMBER, value="+1")
        uuid, kind = "f918fa96-d863-5f2c-9ba5-a60ea3cf90a8", zpns_ffi.ActionKind
        kinds = [
            kind.START(handle=handle, contact="c", video=True),
            kind.ANSWER(),
            kind.END(),
            kind.SET_HELD(on_hold=True),
            kind.SET_MUTED(muted=True),
            kind.SET_GROUP(_with=uuid),
            kind.PLAY_DTMF(digits="1#", kind=zpns_ffi.DtmfKind.SOFT_PAUSE),
        ]
        actions = [zpns_ffi.CallAction(id=uuid, call=uuid, kind=asked, deadline=2**63, transaction=7) for asked in kinds]
        events = [event.ACTION(action) for action in actions]
        events += [event.REPORT_COMPLETED(id=1, uuid=uuid, error=failed) for failed in (None, error)]
        events += [event.TRANSACTION_COMPLETED(id=2**64 - 1, error=failed) for failed in (None, error)]
        events += [event.ACTION_TIMED_OUT(action=uuid), event.PROVIDER_BEGAN(), event.AUDIO_ACTIVATED(), event.AUDIO_DEACTIVATED()]
        for token in zpns_ffi.TokenKind:
            events += [
                event.TOKEN_UPDATED(kind=token, token=b"\x00\xff"),
                event.TOKEN_INVALIDATED(kind=token),
                event.TOKEN_FAILED(kind=token, error=error),
            ]
        events += [event.PERMISSION_ANSWERED(id=1, granted=False, error=error), event.REQUEST_ANSWERED(id=1, error=None)]
        for arrived in zpns_ffi.NotificationKind:
            events.append(event.NOTIFICATION_RECEIVED(kind=arrived, user_info=b"{}", completion=3))
        events += [event.START_CALL_INTENT(handle=handle, video=False), event.PROVIDER_RESET()]
        events += [event.AWAKE(), event.NETWORK_CHANGED(), event.BACKGROUND_TIME_EXPIRED()]
        client = start()
        for crossing in events:
            client.system(crossing)
