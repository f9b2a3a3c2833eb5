"""Nothing outlives its owner, nothing is used after its end."""

import gc
import threading
import unittest
import weakref

from ports import Memory, Recorder, start


class Lifetime(unittest.TestCase):
    def test_a_dropped_client_lets_go_of_its_ports(self):
        platform, storage = Recorder(), Memory()
        client = start(platform, storage)
        client.voip_push(b"{}", True)
        left = [weakref.ref(platform), weakref.ref(storage)]
        del client, platform, storage
        gc.collect()
        self.assertEqual([port() for port in left], [None, None])

    def test_a_dropped_client_has_saved(self):
        storage = Memory()
        client = start(storage=storage)
        client.invoke(1, "registerPush", "{}")
        del client
        gc.collect()
        self.assertIsNotNone(storage.bytes)

    def test_a_client_that_its_own_port_holds_is_freed_by_shutdown(self):
        platform = Recorder()
        platform.client = start(platform)
        left = weakref.ref(platform)
        platform.client.shutdown()
        del platform
        gc.collect()
        self.assertIsNone(left())

    def test_a_port_may_drop_the_client_that_calls_it(self):
        held = []
        platform = Recorder(lambda port, value: held.clear())
        held.append(start(platform))
        held[0].voip_push(b"{}", True)
        gc.collect()
        self.assertEqual(len(platform.reports()), 1)

    def test_clients_come_and_go_on_many_threads(self):
        failed = []

        def run():
            try:
                for _ in range(5):
                    platform = Recorder()
                    client = start(platform)
                    client.voip_push(b"{}", True)
                    client.invoke(1, "getVersion", "{}")
                    platform.answer(1)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
