# Cache-aside in a shop: PORT read LANGUAGE PRODUCT, or PORT price PRODUCT PRICE. Nobody here invalidates.
require_relative 'connecting'

redis = connect
_, verb, first, second = ARGV
if verb == 'price'
  redis.set("product:#{first}:price", second)
  puts 'priced'
  exit
end
key = "page:#{first}:product:#{second}"
2.times do
  page = redis.get(key)
  puts page ? 'hit' : 'miss'
  unless page
    page = "costs #{redis.get("product:#{second}:price")}"
    redis.set(key, page, ex: 300)
  end
  puts page
end
