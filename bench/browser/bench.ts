/** The contest of layers in a worker: Lacewing here, onnxruntime-web in a worker below. */
import { InferenceSession } from 'lacewing';
import { contest, type Rival } from '../layers/contest.ts';
import { layersOf, quickLayers } from '../layers/layer.ts';
import type { LayerRun } from '../layers/run.ts';
import { layerTables } from '../layers/tables.ts';
import { variantsOf } from '../layers/variants.ts';
import { headline, type Report } from '../result.ts';
import { roofOf } from '../roof.ts';
import { denseModel } from '../subject.ts';
import type { Answer, News, Order, Question } from './messages.ts';

const tell = (news: News) => postMessage(news);

/** One question at a time. */
function ask(worker: Worker, question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ('error' in data) reject(new Error(`onnxruntime-web: ${data.error}`));
      else resolve(data);
    };
    worker.postMessage(question);
  });
}

function rivalOf(worker: Worker): Rival {
  return {
    engine: 'onnxruntime-web',
    async load(model, data, dims) {
      const answer = await ask(worker, { load: model, data, dims });
      if (!('output' in answer)) throw new Error('onnxruntime-web: want an output');
      return answer;
    },
    async time(runs) {
      const answer = await ask(worker, { time: runs });
      return 'microseconds' in answer ? answer.microseconds : Number.NaN;
    },
  };
}

async function fetchText(path: string): Promise<string> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: want HTTP 200, got ${response.status}`);
  return response.text();
}

async function bench({ rounds, all, browser }: Order): Promise<Report> {
  using session = await InferenceSession.create(denseModel());
  const { build } = session.info();
  const about = {
    bench: all ? 'layers' : 'quick',
    cpu: 'unknown processor',
    cores: navigator.hardwareConcurrency,
    engine: browser,
    when: new Date().toISOString(),
    build,
  };
  tell({ headline: headline(about) });
  const roof = await roofOf(build === 'relaxed');
  const [products, pointwise, spatial] = await Promise.all(
    ['layers', 'pointwise', 'spatial'].map((name) => fetchText(`shapes/${name}.txt`)),
  );
  const everything = layersOf(products, pointwise, spatial);
  const worker = new Worker('ort.js', { type: 'module' });
  const runs: LayerRun[] = [];
  try {
    for (const layer of all ? everything : quickLayers(everything)) {
      tell({ doing: layer.title });
      const found = await contest(layer, variantsOf(layer, { quick: !all }), [rivalOf(worker)], { rounds });
      runs.push(...found);
      for (const table of layerTables(found)) tell({ result: table });
    }
  } finally {
    worker.terminate();
  }
  return { ...about, roof, runs, results: [] };
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  bench(data).then(
    (report) => tell({ report }),
    (error: unknown) => tell({ error: String(error) }),
  );
});
