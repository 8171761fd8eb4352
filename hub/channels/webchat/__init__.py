"""Web chat: the customers' gateway on WebSockets, and the widget it talks to."""
