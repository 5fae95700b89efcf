// Shows what we send while the app is not open, and opens the app at a touch.
"use strict";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data ? event.data.json() : {};
  } catch (err) {
    said = {};
  }
  event.waitUntil(self.registration.showNotification(said.title || "Involt", {
    body: said.body || "", tag: said.tag, icon: "/my/icon-192.png", badge: "/my/icon-192.png", data: { url: said.url },
  }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  // Only pages of ours, whatever the message says.
  const wanted = (event.notification.data && event.notification.data.url) || "/my/messages";
  const url = new URL(wanted, self.location.origin);
  const to = url.origin === self.location.origin ? url.href : self.location.origin + "/my/messages";
  event.waitUntil((async () => {
    for (const open of await self.clients.matchAll({ type: "window" })) {
      if (new URL(open.url).pathname.startsWith("/my")) {
        await open.navigate(to);
        return open.focus();
      }
    }
    return self.clients.openWindow(to);
  })());
});
