/** `messages`: the buckets as one document for each line, for whoever looks from outside. */
import { MongoServerError, type Db } from 'mongodb';

const NAMESPACE_EXISTS = 48;

/** Fields of the bucket keep their names or are plain copies, so that filters on them use its key. */
const LINES = [
  { $unwind: '$messages' },
  {
    $project: {
      _id: { $concat: ['$channelId', ':', { $toString: '$messages.atMs' }, ':', '$messages.id'] },
      bucketId: '$_id',
      channelId: 1,
      channelLogin: 1,
      partition: 1,
      expireAt: 1,
      messageId: '$messages.id',
      atMs: '$messages.atMs',
      offset: '$messages.offset',
      userId: '$messages.userId',
      userLogin: '$messages.userLogin',
      userName: '$messages.userName',
      text: '$messages.text',
      notice: { $ifNull: ['$messages.notice', null] },
      isAction: { $ifNull: ['$messages.isAction', false] },
      emotes: { $ifNull: ['$messages.emotes', 0] },
      bits: { $ifNull: ['$messages.bits', 0] },
      mirroredFrom: { $ifNull: ['$messages.mirroredFrom', null] },
      replyTo: { $ifNull: ['$messages.replyTo', null] },
    },
  },
];

/** Makes the view where it is missing. Safe to call from every process at every start. */
export async function createMessageView(db: Db): Promise<void> {
  try {
    await db.createCollection('messages', { viewOn: 'messageBuckets', pipeline: LINES });
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== NAMESPACE_EXISTS) throw error;
  }
}
