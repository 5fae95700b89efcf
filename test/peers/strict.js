// A charger made of ocpp-rpc in strict mode: every answer of the server is held
// against the schemas of the Open Charge Alliance.
//
//   node strict.js URL ID PASSWORD PROTOCOL STEPS
//
// URL       ws://127.0.0.1:PORT/ocpp/WORKSPACE (the identity is appended)
// PROTOCOL  ocpp1.6 or ocpp2.0.1
// STEPS     a JSON list, done in order; without it: boot, status, heartbeat
//   {"do":"boot"} {"do":"heartbeat"}
//   {"do":"status","connector":1,"status":"Available"}
//   {"do":"authorize","card":"04A2...","expect":"Accepted"}
//   {"do":"start","card":"04A2...","connector":1,"meter":1000,"expect":"Accepted"}
//   {"do":"meter","meter":1500,"power":11000}
//   {"do":"stop","meter":2000,"card":"04A2..."}
//   {"do":"call","action":"DataTransfer","payload":{"vendorId":"x"}}
//   {"do":"wait","action":"RemoteStopTransaction"}    a command of the server
//
// Prints one JSON line per answer: {"step","action","status","tx","answer"}, and
// {"command","payload"} per command of the server. "connector" is the EVSE in 2.0.1.
// Exit status: 0 done; 1 when an answer breaks the schema, is an error or is not
// what a step expects; 2 wrong use.
'use strict';

const { RPCClient } = require('ocpp-rpc');

const [url, identity, password, protocol, list] = process.argv.slice(2);
if (!url || !identity || !['ocpp1.6', 'ocpp2.0.1'].includes(protocol)) {
  console.error('usage: node strict.js URL ID PASSWORD ocpp1.6|ocpp2.0.1 [STEPS]');
  process.exit(2);
}
const steps = list
  ? JSON.parse(list)
  : [{ do: 'boot' }, { do: 'status', connector: 1, status: 'Available' }, { do: 'heartbeat' }];

const old = protocol === 'ocpp1.6';
const client = new RPCClient({
  endpoint: url,
  identity,
  password,
  protocols: [protocol],
  strictMode: true,
  reconnect: false,
  callTimeoutMs: 30000,
});

const print = (o) => console.log(JSON.stringify(o));
const now = () => new Date().toISOString();
const fail = (why) => {
  throw new Error(why);
};

let violation;
client.on('strictValidationFailure', (e) => {
  violation = e.error;
});

// Commands are accepted, and remembered for "wait".
const commands = [];
let wake = () => {};
client.handle(({ method, params }) => {
  print({ command: method, payload: params });
  commands.push(method);
  wake();
  return { status: 'Accepted' };
});

let tx;
let seq = 0;
let connector = 1;

const token = (card) => ({ idToken: card, type: 'ISO14443' });
const reading = (s) =>
  old
    ? [{
        timestamp: now(),
        sampledValue: [
          { value: String(s.meter), measurand: 'Energy.Active.Import.Register', unit: 'Wh' },
          ...(s.power === undefined ? [] : [{ value: String(s.power), measurand: 'Power.Active.Import', unit: 'W' }]),
        ],
      }]
    : [{
        timestamp: now(),
        sampledValue: [
          { value: s.meter, measurand: 'Energy.Active.Import.Register', unitOfMeasure: { unit: 'Wh' } },
          ...(s.power === undefined ? [] : [{ value: s.power, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'W' } }]),
        ],
      }];

const event = (type, trigger, s, more = {}) => [
  'TransactionEvent',
  {
    eventType: type,
    timestamp: now(),
    triggerReason: trigger,
    seqNo: seq++,
    transactionInfo: { transactionId: tx, ...(type === 'Ended' ? { stoppedReason: 'Local' } : { chargingState: 'Charging' }) },
    ...(s.card ? { idToken: token(s.card) } : {}),
    ...(s.meter === undefined ? {} : { meterValue: reading(s) }),
    ...more,
  },
];

// What each step says, in either version.
const say = {
  boot: () => [
    'BootNotification',
    old
      ? { chargePointVendor: 'Strict', chargePointModel: 'Peer' }
      : { reason: 'PowerUp', chargingStation: { vendorName: 'Strict', model: 'Peer' } },
  ],
  heartbeat: () => ['Heartbeat', {}],
  status: (s) => [
    'StatusNotification',
    old
      ? { connectorId: s.connector ?? 1, errorCode: 'NoError', status: s.status, timestamp: now() }
      : { evseId: s.connector ?? 1, connectorId: 1, connectorStatus: s.status, timestamp: now() },
  ],
  authorize: (s) => ['Authorize', old ? { idTag: s.card } : { idToken: token(s.card) }],
  start: (s) => {
    connector = s.connector ?? 1;
    if (old) {
      return ['StartTransaction', { connectorId: connector, idTag: s.card, meterStart: s.meter ?? 0, timestamp: now() }];
    }
    tx = `strict-${Date.now()}`;
    seq = 0;
    return event('Started', 'Authorized', s, { evse: { id: connector, connectorId: 1 } });
  },
  meter: (s) =>
    old
      ? ['MeterValues', { connectorId: connector, transactionId: tx, meterValue: reading(s) }]
      : event('Updated', 'MeterValuePeriodic', s),
  stop: (s) =>
    old
      ? ['StopTransaction', { transactionId: tx, meterStop: s.meter ?? 0, timestamp: now(), ...(s.card ? { idTag: s.card } : {}), reason: 'Local' }]
      : event('Ended', 'StopAuthorized', s),
  call: (s) => [s.action, s.payload ?? {}],
};

async function wait(action) {
  const late = setTimeout(() => wake(new Error(`no ${action} came`)), 30000);
  while (!commands.includes(action)) {
    const error = await new Promise((resolve) => {
      wake = resolve;
    });
    if (error) throw error;
  }
  clearTimeout(late);
  commands.splice(commands.indexOf(action), 1);
}

async function main() {
  await client.connect();
  if (client.protocol !== protocol) fail(`the server chose ${client.protocol}`);
  for (const s of steps) {
    if (s.do === 'wait') {
      await wait(s.action);
      continue;
    }
    if (!say[s.do]) fail(`unknown step ${s.do}`);
    const [action, payload] = say[s.do](s);
    const answer = await client.call(action, payload);
    if (violation) throw violation;
    const status = (answer.idTagInfo ?? answer.idTokenInfo ?? answer).status;
    if (old && s.do === 'start') tx = answer.transactionId;
    print({ step: s.do, action, status, tx, answer });
    if (s.expect && s.expect !== status) fail(`${s.do}: ${status}, expected ${s.expect}`);
  }
  await client.close({ code: 1000 });
}

main().then(
  () => process.exit(0),
  (err) => {
    console.error(`${err.name}: ${err.message}`);
    if (err.details) console.error(JSON.stringify(err.details));
    process.exit(1);
  },
);
