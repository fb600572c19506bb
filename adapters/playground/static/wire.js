// The page's WebSocket: JSON both ways.

/** Hears what the server tells, and sends what somebody does. A lost connection begins a new page. */
export class Wire {
  constructor(hear, changed) {
    this.hear = hear;
    this.changed = changed;
    this.open();
  }

  open() {
    this.socket = new WebSocket(`ws://${location.host}/ws`);
    this.socket.addEventListener("open", () => this.changed(true));
    this.socket.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => {
      this.changed(false);
      setTimeout(() => this.open(), 1500);
    });
  }

  send(action) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(action));
  }
}
