// Clients for ../compose.yaml, without dependencies: each second one comes, meets an ending, and the next one follows.
//
//   node clients.mjs ws://localhost:8080

const [, , proxy] = process.argv;

const visits = [
  ['/echo', leavesAfter(30_000)],
  ['/close/1000'],
  ['/close/4001'],
  ['/echo', leavesAfter(5_000, 4000)],
  ['/close/1001'],
  ['/down'],
  ['/echo', leavesAfter(60_000)],
  ['/close/1011'],
  ['/echo', (socket) => socket.send('x'.repeat(100_000))],  // over max_message
  ['/close/none'],
  ['/reset'],
];

/** Talks twice a second, and closes after that many milliseconds. */
function leavesAfter(stay, code = 1000) {
  return (socket) => {
    const talk = setInterval(() => socket.send('hello'), 500);
    const leave = setTimeout(() => socket.close(code), stay);
    socket.addEventListener('close', () => {
      clearInterval(talk);
      clearTimeout(leave);
    });
  };
}

const seen = new Map();
let turn = 0;
setInterval(() => {
  const [path, behave] = visits[turn++ % visits.length];
  const socket = new WebSocket(proxy + path);
  if (behave) socket.addEventListener('open', () => behave(socket));
  socket.addEventListener('close', ({ code }) => seen.set(code, (seen.get(code) ?? 0) + 1));
}, 1_000);
setInterval(() => console.log('closes by code:', Object.fromEntries(seen)), 30_000);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit());
