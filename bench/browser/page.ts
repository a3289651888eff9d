/**
 * The page: starts the bench in a worker and shows what it tells. `?start` begins at once, `?rounds=N` and `?all` are the
 * options of the command line.
 */
import { sectionsOf, tableOf } from '../html/page.ts';
import { style } from '../html/style.ts';
import { toJson } from '../record.ts';
import type { News, Order } from './messages.ts';

const options = new URLSearchParams(location.search);

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** 'Firefox 150.0', from the long name that browsers give themselves. */
function browserName(agent: string): string {
  const match = /(Firefox|Edg|OPR|Chrome|Version)\/([\d.]+)/.exec(
    agent.replace(/Chrome\/\S+ Safari\/\S+ (?=Edg|OPR)/, ''),
  );
  return match ? `${match[1] === 'Version' ? 'Safari' : match[1]} ${match[2]}` : agent;
}

function start(): void {
  element('start').remove();
  const worker = new Worker('bench.js', { type: 'module' });
  worker.onerror = ({ message }) => show({ error: message });
  worker.onmessage = ({ data }: MessageEvent<News>) => show(data);
  const order: Order = {
    rounds: Number(options.get('rounds') ?? 41),
    all: options.has('all'),
    browser: browserName(navigator.userAgent),
  };
  worker.postMessage(order);
}

function show(news: News): void {
  if ('headline' in news) element('about').textContent = news.headline;
  else if ('doing' in news) element('state').textContent = `${news.doing} …`;
  else if ('error' in news) element('state').textContent = news.error;
  else if ('result' in news) element('tables').insertAdjacentHTML('beforeend', tableOf(news.result));
  else {
    document.querySelector('main')?.replaceChildren();
    document.querySelector('main')?.insertAdjacentHTML('beforeend', sectionsOf(news.report));
    document.title = 'Lacewing benches: done';
    // Whoever serves the page may want to keep what was measured.
    fetch('report', { method: 'POST', body: toJson(news.report) }).catch(() => undefined);
  }
}

document.head.insertAdjacentHTML('beforeend', `<style>${style}</style>`);
element('start').addEventListener('click', start);
if (options.has('start')) start();
