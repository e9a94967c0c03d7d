"""What the rig's container engines have in common."""
from .program import wait_until
from .unix_http import ApiError


class Engine:
    """`program` runs it. Subclasses say answers(), prepare() what it has once it runs, clear() and close() it."""

    runtime = None
    program = None

    def __enter__(self):
        try:
            self.launch()
            self.prepare()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def launch(self):
        self.program.start()
        wait_until(self._answers, 30, lambda: "%s answers:\n%s" % (self.runtime, self.program.log_text(3000)))

    def _answers(self):
        self.program.check_running()
        try:
            return self.answers()
        except (OSError, ApiError, RuntimeError):
            return False

    def prepare(self):
        """Images."""

    def answers(self):
        """Whether it does; it may also raise that it does not."""
        raise NotImplementedError

    def stop_engine(self):
        self.program.stop()

    def crash(self):
        """kill -9 of the engine; its containers run on."""
        self.program.stop(9)

    def close(self):
        raise NotImplementedError
