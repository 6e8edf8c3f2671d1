/** What is sent: by the API server, and by strangers. */
import { podReview } from '../../webhook/reviews.ts';

export const path = '/mutate/labelled';

/** As a controller makes it. */
export const goodReview = JSON.stringify(
  podReview({
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      containers: [
        { name: 'app', image: 'app:1', ports: [{ name: 'http', containerPort: 8080 }] },
        { name: 'log', image: 'log:1', env: [{ name: 'LEVEL', value: 'info' }] },
      ],
    },
  }),
);

const mebibyte = 1024 * 1024;

/** 7 MiB of empty objects. */
export const brackets = `[${'{},'.repeat((7 * mebibyte) / 3 - 2)}{}]`;

/** A good review of almost 7 MiB: 30,000 environment variables. */
export const largeReview = JSON.stringify(
  podReview({
    metadata: { name: 'web' },
    spec: {
      containers: [
        {
          name: 'app',
          image: 'app:1',
          env: Array.from({ length: 30_000 }, (_, index) => ({ name: `V${index}`, value: 'x'.repeat(200) })),
        },
      ],
    },
  }),
);

export const headOf = (length: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
