// Lets the phone be told too, after its reader has pressed the button: a browser
// that is asked without that is refused for good by most.
(() => {
  "use strict";
  const box = document.getElementById("push");
  if (!box || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const on = box.querySelector("[data-push=on]");
  const off = box.querySelector("[data-push=off]");
  const say = box.querySelector("[data-push=say]");
  const tell = (key) => { say.textContent = key ? box.dataset[key] : ""; };

  const bytes = (text) => {
    const raw = atob((text + "===".slice((text.length + 3) % 4)).replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, (c) => c.charCodeAt(0));
  };
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const post = async (url, fields) => {
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
  };
  const show = (subscribed) => {
    on.hidden = subscribed;
    off.hidden = !subscribed;
  };

  let worker;
  const start = async () => {
    worker = await navigator.serviceWorker.register("/my/worker.js", { scope: "/my" });
    const subscription = await worker.pushManager.getSubscription();
    box.hidden = false;
    show(Boolean(subscription) && Notification.permission === "granted");
    if (Notification.permission === "denied") {
      on.hidden = true;
      tell("denied");
    }
  };

  on.addEventListener("click", async () => {
    on.disabled = true;
    tell("");
    try {
      if (await Notification.requestPermission() !== "granted") {
        tell("denied");
        return;
      }
      const ready = await navigator.serviceWorker.ready;
      const s = await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key) });
      await post(box.dataset.allow, { endpoint: s.endpoint, p256dh: text(s.getKey("p256dh")), auth: text(s.getKey("auth")) });
      show(true);
      tell("done");
    } catch (err) {
      tell("failed");
    } finally {
      on.disabled = false;
    }
  });

  off.addEventListener("click", async () => {
    off.disabled = true;
    try {
      const s = await worker.pushManager.getSubscription();
      if (s) {
        await post(box.dataset.refuse, { endpoint: s.endpoint });
        await s.unsubscribe();
      }
      show(false);
      tell("");
    } catch (err) {
      tell("failed");
    } finally {
      off.disabled = false;
    }
  });

  start().catch(() => {});
})();
