/** What clients of many protocols write first, before their server has said anything. */

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const hex = (value: string): Buffer => Buffer.from(value.replaceAll(' ', ''), 'hex');

/** A frame after its length in four bytes, big-endian, which does not count itself. */
function withLength(...parts: readonly Buffer[]): Buffer {
  const frame = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** OP_MSG with the document `{hello: 1}`: lengths are little-endian and count themselves. */
const mongodbHello = hex(
  '29000000 01000000 00000000 dd070000 00000000 00 14000000 01 68656c6c6f00 000000000000f03f 00',
);

/** As clients write them, by protocol. */
export const firstFrames: readonly (readonly [protocol: string, frame: Buffer])[] = [
  // ApiVersions 0, correlation 1, client "rdkafka"
  ['Kafka', withLength(hex('0012 0000 00000001 0007'), text('rdkafka'))],
  ['AMQP 0-9-1', hex('414d5150 00000901')],
  ['AMQP 1.0', hex('414d5150 03010000')],
  ['MQTT 3.1.1', Buffer.concat([hex('10 10 0004'), text('MQTT'), hex('04 02 003c 0004'), text('test')])],
  ['MQTT 5', Buffer.concat([hex('10 11 0004'), text('MQTT'), hex('05 02 003c 00 0004'), text('test')])],
  ['SSH', text('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n')],
  ['MongoDB', mongodbHello],
  ['PostgreSQL', Buffer.concat([hex('00000020 00030000'), text('user\0app\0database\0shop\0\0')])],
  ['PostgreSQL asking for TLS', hex('00000008 04d2162f')],
  ['memcached', text('get session:1\r\n')],
  ['memcached in upper case', text('GET session:1\r\n')],
  ['memcached, binary', hex('80 0a 0000 00 00 0000 00000000 00000001 0000000000000000')],
  ['Cassandra', hex('04 00 0000 05 00000000')],
  [
    'ZooKeeper',
    withLength(hex('00000000 0000000000000000 00007530 0000000000000000 00000010'), Buffer.alloc(17)),
  ],
  ['LDAP', hex('30 0c 02 01 01 60 07 02 01 03 04 00 80 00')],
  ['XMPP', text("<?xml version='1.0'?><stream:stream to='a' xmlns='jabber:client' version='1.0'>")],
  ['STOMP', text('CONNECT\naccept-version:1.2\nhost:shop\n\n\0')],
  ['SIP', text('OPTIONS sip:shop@example.org SIP/2.0\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n')],
  ['RTSP', text('OPTIONS rtsp://example.org/film RTSP/1.0\r\nCSeq: 1\r\n\r\n')],
  ['PROXY protocol 1', text('PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\nhello\r\n')],
  ['PROXY protocol 2', hex('0d0a0d0a000d0a515549540a 21 11 000c c0000201 c0000202 dc04 01bb 68656c6c6f')],
  ['FIX', text('8=FIX.4.2\x019=5\x0135=0\x0110=161\x01')],
  ['Graphite', text('shop.orders 42 1700000000\n')],
];
