#!/bin/sh
# Cache-aside in a shop: PORT read LANGUAGE PRODUCT, or PORT price PRODUCT PRICE. Nobody here invalidates.
set -eu
cli="redis-cli -p $1"
if [ "$2" = price ]; then
    printf %s "$4" | $cli -x SET "product:$3:price" | sed s/OK/priced/
    exit
fi
key="page:$3:product:$4"
for _ in 1 2; do
    page=$($cli GET "$key")
    if [ -n "$page" ]; then
        echo hit
    else
        echo miss
        page="costs $($cli GET "product:$4:price")"
        $cli SET "$key" "$page" EX 300 >/dev/null
    fi
    echo "$page"
done
