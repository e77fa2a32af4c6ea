<?php
// Symfony's RedisTagAwareAdapter with php-redis, as `make bench` asks it: a line in, a line out.
//
//   php symfony.php SOCKET
//   fill FILE    writes an item for each number in the file, all with the tag 'shop-north', as the adapter writes them
//   invalidate   invalidates the tag, and answers with the seconds that the call took
require_once '/usr/share/php/Symfony/Component/Cache/autoload.php';

use Symfony\Component\Cache\Adapter\RedisTagAwareAdapter;

const AT_ONCE = 1000;

$redis = new Redis();
$redis->connect($argv[1]);
$redis->setOption(Redis::OPT_READ_TIMEOUT, 60);
$pool = new RedisTagAwareAdapter($redis);

function fill(RedisTagAwareAdapter $pool, string $file): void
{
    $keys = array_map(fn ($number) => sprintf('stock.north.%08d', $number), explode("\n", file_get_contents($file)));
    foreach (array_chunk($keys, AT_ONCE) as $chunk) {
        foreach ($pool->getItems($chunk) as $item) {
            $pool->saveDeferred($item->set(str_repeat('x', 64))->tag('shop-north'));
        }
        if (!$pool->commit()) {
            throw new RuntimeException('the items could not be written');
        }
    }
}

function invalidate(RedisTagAwareAdapter $pool): float
{
    $start = hrtime(true);
    if (!$pool->invalidateTags(['shop-north'])) {
        throw new RuntimeException('the tag could not be invalidated');
    }
    return (hrtime(true) - $start) / 1e9;
}

while (($line = fgets(STDIN)) !== false) {
    [$verb, $argument] = explode(' ', rtrim($line) . ' ');
    $answer = $verb === 'fill' ? (fill($pool, $argument) ?? 'filled') : sprintf('%.6f', invalidate($pool));
    fwrite(STDOUT, "$answer\n");
}
