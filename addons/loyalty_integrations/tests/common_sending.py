"""What tests of every connection do: see what is queued, and send it."""


class Sending:
    """Beside a test case with ``connection``, whose cursors of the layer are those of the test."""

    def noted(self, *domain):
        """What is queued by now, oldest first."""
        self.env.cr.precommit.run()
        return self._queued(self.connection, *domain)

    def dispatch(self, connection=None):
        """Send what is due; the rows of the connection, oldest first."""
        connection = connection or self.connection
        self.env.cr.precommit.run()
        self.env.flush_all()
        connection._dispatch(float("inf"))
        self.env.invalidate_all()
        return self._queued(connection)

    def _queued(self, connection, *domain):
        return self.env["loyalty.outbox"].search([("connection_id", "=", connection.id), *domain], order="id")
