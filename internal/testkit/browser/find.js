// Finds what a person would mean by a name on the page, and says how it is
// there. Evaluated as (function)(scope, target, act): scope is the CSS of the
// part to look in ("" is all); act is "look", "point", "field" or "focus".
(function (scope, target, act) {
  const controls = {
    button: 'button, summary, input[type=submit], input[type=button], [role=button]',
    link: 'a[href], [role=link]',
    tab: '[role=tab]',
    menuitem: '[role=menuitem], [role=menuitemcheckbox], [role=menuitemradio]',
    option: '[role=option], option',
    checkbox: 'input[type=checkbox], [role=checkbox], [role=switch]',
    radio: 'input[type=radio], [role=radio]',
  };
  const parts = {
    row: 'tr, [role=row]',
    cell: 'td, th, [role=cell]',
    heading: 'h1, h2, h3, h4, h5, h6, [role=heading]',
    dialog: 'dialog[open], [role=dialog], [role=alertdialog]',
    status: 'output, [role=status], [role=alert]',
  };
  const fields = 'input:not([type=hidden]):not([type=submit]):not([type=button]), textarea, select, [contenteditable=true]';

  const plain = (s) => (s || '').replace(/\s+/g, ' ').trim();
  const visible = (e) =>
    e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  function nameOf(e) {
    const by = e.getAttribute('aria-labelledby');
    if (by) {
      const text = by.split(/\s+/).map((id) => document.getElementById(id)).map((x) => plain(x && x.textContent)).join(' ');
      if (plain(text)) return plain(text);
    }
    if (plain(e.getAttribute('aria-label'))) return plain(e.getAttribute('aria-label'));
    if (e.labels && e.labels.length) return plain([...e.labels].map((l) => l.innerText || l.textContent).join(' '));
    if (e.matches('input[type=submit], input[type=button]')) return plain(e.value);
    if (!e.matches('input, select, textarea')) {
      const text = plain(e.innerText || e.textContent);
      if (text) return text;
      const image = e.querySelector('img[alt], svg title');
      if (image) return plain(image.getAttribute('alt') || image.textContent);
    }
    return plain(e.getAttribute('title') || e.getAttribute('placeholder'));
  }

  // Whoever has a modal dialog before them can only mean what is in it.
  const modals = document.querySelectorAll('dialog:modal');
  const top = modals.length ? modals[modals.length - 1] : document;
  const within = scope ? [...document.querySelectorAll(scope)] : [top];
  if (scope && !within.length) return { count: 0, why: 'there is no ' + scope };
  const all = (css) => [...new Set(within.flatMap((w) => [...w.querySelectorAll(css)]))];

  let candidates, wanted;
  if (/^[#.[]/.test(target) || target.startsWith('css:')) {
    candidates = all(target.replace(/^css:\s*/, ''));
  } else {
    const role = /^(\w+):\s+/.exec(target);
    const known = role && (controls[role[1]] || parts[role[1]]);
    wanted = plain(known ? target.slice(role[0].length) : target);
    let css = known || Object.values(controls).join(', ');
    if (act === 'field') css = fields;
    candidates = all(css);
  }
  // A file input is often hidden behind a prettier button.
  const present = candidates.filter((e) => visible(e) || (act === 'field' && e.type === 'file'));
  let found = present;
  if (wanted !== undefined) {
    const named = present.map((e) => [e, nameOf(e)]);
    found = [];
    for (const fits of [(n) => n === wanted, (n) => n.startsWith(wanted), (n) => n.includes(wanted)]) {
      if (!found.length) found = named.filter(([, n]) => fits(n)).map(([e]) => e);
    }
    if (!found.length) {
      const names = [...new Set(named.map(([, n]) => n).filter(Boolean))].slice(0, 40);
      return { count: 0, why: 'there are only ' + JSON.stringify(names) };
    }
  } else if (!found.length) {
    return { count: 0, why: candidates.length ? 'it is there but not visible' : 'nothing matches' };
  }

  const e = found[0];
  const answer = { count: found.length, text: e.innerText || e.textContent || '', kind: (e.type || e.tagName).toLowerCase() };
  if (act === 'look') return answer;
  if (found.length > 1 && wanted !== undefined) {
    return { count: found.length, why: found.length + ' things are called so; say in what part of the page' };
  }
  if (e.disabled || e.getAttribute('aria-disabled') === 'true') {
    return { count: 0, why: 'it cannot be used now (disabled)' };
  }
  answer.checked = e.checked === true || e.getAttribute('aria-checked') === 'true';
  if (act === 'field' || act === 'focus') {
    globalThis.__field = e;
    if (e.type !== 'file') e.focus();
    if (e.select && !/^(date|time|datetime-local|month|week|color|range|file|checkbox|radio)$/.test(e.type)) e.select();
    return answer;
  }

  let box = e.getBoundingClientRect();
  if (box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth) {
    e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    box = e.getBoundingClientRect();
  }
  // A line of text that wraps has a middle that is not on it; take its first piece.
  const piece = e.getClientRects()[0] || box;
  answer.x = piece.left + piece.width / 2;
  answer.y = piece.top + piece.height / 2;
  const hit = document.elementFromPoint(answer.x, answer.y);
  const label = hit && hit.closest('label');
  if (!hit || !(hit === e || e.contains(hit) || (label && label.control === e))) {
    return { count: 0, why: 'it is covered by ' + (hit ? hit.outerHTML.slice(0, 120) : 'nothing; it is outside the window') };
  }
  return answer;
})
