/**
 * The check that stands between JSON from outside and the type `Pod`: only the fields that Outrigger reads, each
 * of them nullable as in Kubernetes' own decoding.
 */
import { Type, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { Pod } from '../kubernetes.types.ts';

const nullable = <S extends TSchema>(schema: S) => Type.Optional(Type.Union([schema, Type.Null()]));
const text = nullable(Type.String());
const texts = nullable(Type.Record(Type.String(), Type.String()));
const amounts = nullable(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])));
const resources = nullable(Type.Object({ requests: amounts, limits: amounts }));
const securityContext = nullable(Type.Object({ runAsUser: nullable(Type.Integer()) }));
const port = nullable(Type.Union([Type.Integer(), Type.String()]));
const handler = nullable(Type.Object({ port }));
const probe = nullable(
  Type.Object({
    httpGet: nullable(Type.Object({ path: text, port })),
    tcpSocket: handler,
    grpc: handler,
    periodSeconds: nullable(Type.Integer()),
    timeoutSeconds: nullable(Type.Integer()),
  }),
);

const container = Type.Object({
  name: Type.String(),
  image: text,
  imagePullPolicy: text,
  ports: nullable(Type.Array(Type.Object({ name: text, containerPort: Type.Integer(), protocol: text }))),
  env: nullable(Type.Array(Type.Object({ name: Type.String() }))),
  resources,
  volumeMounts: nullable(Type.Array(Type.Object({ name: Type.String(), mountPath: Type.String() }))),
  securityContext,
  restartPolicy: text,
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
});

const expression = Type.Object({
  key: Type.String(),
  operator: Type.String(),
  values: nullable(Type.Array(Type.String())),
});
const terms = nullable(Type.Array(Type.Object({ matchExpressions: nullable(Type.Array(expression)) })));

const named = nullable(Type.Array(Type.Object({ name: Type.String() })));

const owner = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  uid: Type.String(),
  controller: nullable(Type.Boolean()),
});

const schema = Type.Object({
  metadata: nullable(
    Type.Object({
      name: text,
      generateName: text,
      namespace: text,
      labels: texts,
      annotations: texts,
      ownerReferences: nullable(Type.Array(owner)),
    }),
  ),
  spec: nullable(
    Type.Object({
      hostNetwork: nullable(Type.Boolean()),
      os: nullable(Type.Object({ name: Type.String() })),
      nodeSelector: texts,
      affinity: nullable(
        Type.Object({
          nodeAffinity: nullable(
            Type.Object({
              requiredDuringSchedulingIgnoredDuringExecution: nullable(
                Type.Object({ nodeSelectorTerms: terms }),
              ),
            }),
          ),
        }),
      ),
      securityContext,
      resources,
      initContainers: nullable(Type.Array(container)),
      containers: nullable(Type.Array(container)),
      volumes: named,
      imagePullSecrets: nullable(Type.Array(Type.Object({ name: Type.Optional(Type.String()) }))),
    }),
  ),
});

let compiled: Validator | undefined;

/** True where every field that Outrigger reads is of the type that Kubernetes gives it. */
export function isPod(value: unknown): value is Pod {
  compiled ??= Compile(schema);
  return compiled.Check(value);
}

/** Where a value stops being a pod, as a path such as `spec.containers.0.name`, for a message. */
export function whereNotPod(value: unknown): string {
  compiled ??= Compile(schema);
  const [first] = compiled.Errors(value).filter(({ keyword }) => keyword !== 'anyOf');
  return first?.instancePath.slice(1).replaceAll('/', '.') || 'the pod';
}
