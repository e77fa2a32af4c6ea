<?php
// Cache-aside in a shop: PORT read LANGUAGE PRODUCT, or PORT price PRODUCT PRICE. Nobody here invalidates.
declare(strict_types=1);
require __DIR__ . '/connecting.php';

$redis = connect();
[, , $verb, $first, $second] = $argv;
if ($verb === 'price') {
    echo $redis->set("product:$first:price", $second) ? "priced\n" : "refused\n";
    exit;
}
$key = "page:$first:product:$second";
for ($turn = 0; $turn < 2; $turn++) {
    $page = $redis->get($key);
    echo $page === false ? 'miss' : 'hit', "\n";
    if ($page === false) {
        $page = 'costs ' . $redis->get("product:$second:price");
        $redis->set($key, $page, ['EX' => 300]);
    }
    echo "$page\n";
}
