// A charging session with em-ocpp-chargepoint-simulator (OCPP 1.6). It is a script
// for that program, which always exits with 0: the test looks at the server, or at
// the JSON lines here that begin with {"step".
//
//   OCPP_URL=ws://ID:PASSWORD@127.0.0.1:PORT/ocpp/WORKSPACE/ID OCPP_CARD=04A2... \
//     node node_modules/em-ocpp-chargepoint-simulator/build/src/main.js ./ocpp16-sim.js
//
// OCPP_BAD_CARD, if set, is tapped first and expected to be refused by the test.
// OCPP_WH is the energy charged (default 5000).
const say = (o) => console.log(JSON.stringify(o));
const { OCPP_URL: url, OCPP_CARD: card, OCPP_BAD_CARD: bad, OCPP_WH: wh = '5000' } = process.env;
const from = 1000;
const to = from + Number(wh);
const now = () => new Date().toISOString();
let cp;
try {
  cp = await connect(url);
  say({ step: 'boot', answer: await cp.sendBootnotification({ chargePointVendor: 'em', chargePointModel: 'sim' }) });
  await cp.sendHeartbeat();
  await cp.sendStatusNotification({ connectorId: 0, errorCode: 'NoError', status: 'Available' });
  await cp.sendStatusNotification({ connectorId: 1, errorCode: 'NoError', status: 'Available' });
  if (bad) {
    say({ step: 'authorize-bad', answer: await cp.sendAuthorize({ idTag: bad }) });
  }
  say({ step: 'authorize', answer: await cp.sendAuthorize({ idTag: card }) });
  await cp.sendStatusNotification({ connectorId: 1, errorCode: 'NoError', status: 'Preparing' });
  const tx = await cp.startTransaction({ connectorId: 1, idTag: card, meterStart: from, timestamp: now() });
  say({ step: 'start', answer: tx });
  await cp.sendStatusNotification({ connectorId: 1, errorCode: 'NoError', status: 'Charging' });
  for (const part of [0.3, 0.6, 0.9]) {
    await cp.meterValues({
      connectorId: 1,
      transactionId: tx.transactionId,
      meterValue: [{
        timestamp: now(),
        sampledValue: [
          { value: String(Math.round(from + (to - from) * part)) },
          { value: '11.0', measurand: 'Power.Active.Import', unit: 'kW' },
        ],
      }],
    });
  }
  say({ step: 'stop', answer: await cp.stopTransaction({ transactionId: tx.transactionId, idTag: card, meterStop: to, timestamp: now() }) });
  await cp.sendStatusNotification({ connectorId: 1, errorCode: 'NoError', status: 'Finishing' });
  await cp.sendStatusNotification({ connectorId: 1, errorCode: 'NoError', status: 'Available' });
  say({ step: 'done' });
} catch (err) {
  say({ step: 'failed', error: String(err) });
} finally {
  if (cp) cp.close();
}
